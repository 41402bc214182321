"""`python -m infra.toolchain [NAME...]`: make sure of every engine, print where each is."""

from __future__ import annotations

import sys

from infra.toolchain.catalogue import ENGINES, TOOLS
from infra.toolchain.ensure import ensure
from sre_cli.errors import SreError, UsageError


def main(names: list[str]) -> int:
    """Ensure `names`, or every engine; returns the exit code."""
    try:
        unknown = sorted(set(names) - set(TOOLS))
        if unknown:
            raise UsageError(f"no such tool: {', '.join(unknown)}", hint=f"choose from {', '.join(TOOLS)}")
        for name, path in ensure(names or ENGINES).items():
            sys.stdout.write(f"{name:<15} {path}\n")
    except SreError as error:
        sys.stderr.writelines(f"{line}\n" for line in (error.detail, f"error: {error}", error.hint) if line)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
