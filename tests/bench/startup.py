"""How long `sre --help` takes, against `import typer` alone, on the same interpreter in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
CASES = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import typer'": ["-c", "import typer"],
    "sre --help": ["-c", "import sys; from sre_cli.cli import main; sys.argv = ['sre', '--help']; main()"],
}


def time_s(arguments: list[str]) -> float:
    """Wall time of one run, in seconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Rounds of all cases in turn, so that a busy moment of the machine hits each of them alike."""
    rounds = [{name: time_s(arguments) for name, arguments in CASES.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(times[name] for times in rounds) for name in CASES}
    for name, median in medians.items():
        print(f"{name:<26}{median * 1000:6.0f} ms")
    ratio = medians["sre --help"] / medians["python -c 'import typer'"]
    print(f"sre --help / import typer {ratio:6.2f}   (medians of {ROUNDS})")


if __name__ == "__main__":
    main()
