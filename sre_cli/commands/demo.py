"""`sre demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.errors import Refused

if TYPE_CHECKING:
    from sre_cli.core.demo import DemoReport, DemoResult
    from sre_cli.core.pairs import PairAnswer

JOB = "face-match-worker"


def demo(
    images: Annotated[
        Path | None, typer.Option(help="Folder with pairs.csv (a,b,same); without it, public portraits.")
    ] = None,
    report: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("reports/demo.html"),
    seconds: Annotated[float, typer.Option(min=10, max=600, help="How long load is sent, in all.")] = 55,
    target_p95_s: Annotated[float, typer.Option(min=0.01, help="The latency to hold, in seconds.")] = 3,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the service; 0 is any free one.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Start the service here, compare real faces, find the load it holds, show the job it would be.

    Everything runs on this machine and ends with the command; the report stays.

    \b
    Examples:
      sre demo
      sre demo --images my-faces --seconds 120
      sre demo --json | jq .rate

    \b
    Exit codes: 0 fine, 2 wrong words or files, 3 a wrong answer or no rate holds, 4 the service or
    the download fails, 130 interrupted.
    """
    import signal
    import time

    from sre_cli import wiring, wiring_demo

    # Ended by another program, or by a closed terminal, it must clean up as after Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    # What may be wrong with the project or the report's place is known before a minute of load.
    hcl = wiring.rendered(wiring.job_spec(JOB), wiring.preview_target(JOB))
    wiring_demo.prepare_demo_report(report)
    result = _run(images, seconds, target_p95_s, port, as_json)
    wiring_demo.write_demo_report(_report(result, hcl), report)
    _print_rest(result, hcl, report, time.monotonic() - began, as_json)
    if result.objections:
        raise Refused("; ".join(result.objections))


def _run(images: Path | None, load_s: float, target_p95_s: float, port: int, as_json: bool) -> DemoResult:
    from sre_cli import wiring_demo
    from sre_cli.console import Progress
    from sre_cli.core.demo import DemoPlan
    from sre_cli.core.trial import LatencyTarget

    with Progress(quiet=as_json) as progress:
        pairs = wiring_demo.sample_pairs(images, progress.say)
        plan = DemoPlan(wiring_demo.usable_cores(), load_s, LatencyTarget(target_p95_s))
        with wiring_demo.demo_on_embedded_service(port, progress.say) as flow:
            answers = flow.compare(pairs)
            if not as_json:
                progress.clear()
                _print_answers(answers)
            return flow.measure(answers, plan)


def _report(result: DemoResult, hcl: str) -> DemoReport:
    import shlex
    import sys
    from datetime import UTC, datetime

    from sre_cli import wiring_demo
    from sre_cli.core.demo import DemoReport

    return DemoReport(
        result,
        job=JOB,
        hcl=hcl,
        facts=wiring_demo.machine_facts(),
        command=shlex.join(["sre", *sys.argv[1:]]),
        made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _print_answers(answers: list[PairAnswer]) -> None:
    from sre_cli.console import print_table
    from sre_cli.core.demo_text import ANSWER_HEADERS, answer_row, describe_answers

    print_table(ANSWER_HEADERS, [answer_row(answer) for answer in answers])
    typer.echo(f"{describe_answers(answers)}.\n")


def _print_rest(result: DemoResult, hcl: str, report: Path, took_s: float, as_json: bool) -> None:
    from sre_cli.console import print_json, print_table
    from sre_cli.core import demo_text as text

    if as_json:
        print_json(text.to_json(result) | {"job": hcl, "report": str(report), "took_s": round(took_s, 1)})
        return
    typer.secho(f"The Nomad job it would deploy ({JOB}):", bold=True)
    _print_hcl(text.shorten_hcl(hcl))
    typer.echo(f"{text.describe_saturation(result)}.")
    print_table(text.TRIAL_HEADERS, [text.trial_row(trial) for trial in result.trials])
    typer.echo()
    typer.secho(text.describe_rate(result), bold=True)
    typer.echo(f"What limits it: {result.limit.sentence}.\n{text.describe_bounds(result)}")
    typer.echo(f"\nreport: {report.resolve().as_uri()}\nThe demo took {took_s:.0f} s.")


def _print_hcl(hcl: str) -> None:
    from rich.console import Console
    from rich.syntax import Syntax

    console = Console()
    if console.is_terminal:
        # Pygments' HCL knows no block of Nomad's; Ruby has the same strings, comments and heredocs.
        console.print(Syntax(hcl, "ruby", theme="ansi_dark", background_color="default"))
    else:
        typer.echo(f"{hcl}\n")
