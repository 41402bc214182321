"""The engines this project stands on: one row each, and what their Go modules pin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

GOMOD = Path(__file__).with_name("gomod")

Version = tuple[int, ...]


@dataclass(frozen=True)
class Tool:
    """An executable: what is enough, and how it says what it is."""

    name: str
    minimum: Version
    ask: tuple[str, ...] = ("version",)
    """Arguments that make it print its version."""
    ldflags: str = "-s -w"
    """Linker flags; `{version}` is what go.mod pins. Only for tools that are built."""
    cgo: bool = False

    @property
    def is_built(self) -> bool:
        """Whether a Go module of ours makes it; the others come with the extra `tools`."""
        return (GOMOD / self.name).is_dir()


TOOLS = {
    tool.name: tool
    for tool in (
        # Nomad counts CPUs and reads users through C.
        Tool("nomad", (1, 10), cgo=True),
        Tool("consul", (1, 20)),
        Tool(
            "pulumi",
            (3, 200),
            ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}",
        ),
        Tool("versitygw", (1, 8), ask=("--version",), ldflags="-s -w -X main.Version=v{version}"),
        Tool("docker-compose", (2, 20)),
        Tool("go", (1, 26)),
    )
}
ENGINES = tuple(name for name in TOOLS if name != "go")
"""What the project runs; Go is only the means to build them."""


@dataclass(frozen=True)
class GoModule:
    """What a module of ours builds, read from its go.mod so that nothing is said twice."""

    folder: Path
    package: str
    version: str
    go: Version

    @classmethod
    def of(cls, tool: Tool, gomod: Path | None = None) -> GoModule:
        """Read `gomod/<tool>/go.mod`: its `tool` line and the version of the module that holds it."""
        folder = (gomod or GOMOD) / tool.name
        text = (folder / "go.mod").read_text()
        package = re.findall(r"^tool (\S+)$", text, re.MULTILINE)[0]
        required = re.findall(r"^(?:require)?\s+(\S+) v(\S+)", text, re.MULTILINE)
        holders = [(path, version) for path, version in required if f"{package}/".startswith(f"{path}/")]
        go = re.findall(r"^go (\S+)$", text, re.MULTILINE)[0]
        return cls(folder, package, max(holders, key=lambda holder: len(holder[0]))[1], parse_version(go))


def parse_version(text: str) -> Version:
    """The first dotted number in `text`: `Nomad v1.10.0-beta.1` gives (1, 10, 0).

    Raises ValueError: when there is none.
    """
    found = re.search(r"(?<![\d.])v?(\d+(?:\.\d+)+)", text)
    if not found:
        raise ValueError(f"no version in {text!r}")
    return tuple(int(part) for part in found[1].split("."))


def show_version(version: Version) -> str:
    """(1, 10, 0) as `1.10.0`."""
    return ".".join(map(str, version))
