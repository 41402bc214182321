"""`python -m infra.weights`: make sure that this Python environment has the weights, print where they are."""

from __future__ import annotations

import sys

from infra.weights.pinned import read_pinned
from infra.weights.store import install
from sre_cli.errors import SreError


def main() -> int:
    """Put every file of `weights.toml` into this environment; returns the exit code."""
    try:
        for file in read_pinned():
            sys.stdout.write(f"{file.name:<15} {install(file)}\n")
    except SreError as error:
        sys.stderr.writelines(f"{line}\n" for line in (error.detail, f"error: {error}", error.hint) if line)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
