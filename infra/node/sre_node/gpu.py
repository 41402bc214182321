"""NVIDIA's driver, and the check that every GPU of the node answers before Nomad may take jobs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from . import apt
from .facts import read_config
from .files import write_file

ASK_TIMEOUT_S = 60
DEBIAN_DRIVER = (
    "nvidia-kernel-dkms",
    "nvidia-smi",
    "libcuda1",
    "nvidia-persistenced",
    "firmware-misc-nonfree",
)
APT = Path("/etc/apt")
NON_FREE = "contrib non-free non-free-firmware"


def main() -> None:
    """Exit with 1, and a line that says why, unless as many GPUs answer as the shape promises."""
    expected, found = read_config()["gpus"], count_gpus()
    if found != expected and awaits_boot():
        print("the driver is for a newer kernel than the one that runs: boot that", flush=True)
        subprocess.run(["systemctl", "reboot"], check=True)
    if found != expected:
        sys.exit(f"GPU check failed: {found} of {expected} GPUs answer; Nomad stays down until all do")
    print(f"GPU check: {found} of {expected} GPUs answer")


def count_gpus() -> int:
    """How many GPUs the driver shows; 0 where it does not answer."""
    try:
        shown = subprocess.run(
            ["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=True, timeout=ASK_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"nvidia-smi: {error}", flush=True)
        return 0
    return sum(line.startswith("GPU ") for line in shown.stdout.splitlines())


def install_driver() -> None:
    """Install the driver that the distribution tests with its kernel, unless the image brought one."""
    if shutil.which("nvidia-smi"):
        return
    system = apt.system()
    if system["distro"] == "ubuntu":
        apt.install(["ubuntu-drivers-common"])
        subprocess.run(["ubuntu-drivers", "install", "--gpgpu"], check=True)
        # Which brings the modules alone: nvidia-smi and CUDA's library are for whoever asks to choose.
        apt.install([f"nvidia-utils-{_module_branch()}-server"])
    else:
        _add_source(system["codename"])
        with suppress(ValueError):  # a mirror without it
            _add_source(f"{system['codename']}-security", "security-")
        _install_debians(_kernel())
    # Whether it answers is for the check to say: it may be for a kernel that is yet to boot.
    subprocess.run(["modprobe", "nvidia"], check=False)


def _module_branch() -> str:
    """`535` of version 535.247.01."""
    shown = subprocess.run(
        ["modinfo", "--field", "version", "nvidia"], capture_output=True, text=True, check=True
    )
    return shown.stdout.strip().partition(".")[0]


def _add_source(suite: str, prefix: str = "") -> None:
    name, source = non_free_source(suite)
    write_file(APT / "sources.list.d" / f"{prefix}{name}", source, mode=0o644)


def _install_debians(kernel: str) -> None:
    # What computing needs: the whole driver would bring a desktop's libraries.
    try:
        apt.install([f"linux-headers-{kernel}", *DEBIAN_DRIVER])
    except subprocess.CalledProcessError:
        # Debian's archive keeps the headers of its last few kernels, and an image may be older than those.
        flavour = re.sub(r"^[^-]+-(\d+-)?", "", kernel)
        apt.install([f"linux-image-{flavour}", f"linux-headers-{flavour}", *DEBIAN_DRIVER])


def awaits_boot(modules: Path = Path("/lib/modules")) -> bool:
    """Whether the driver was built, but for no kernel that runs yet."""
    built = {path.relative_to(modules).parts[0] for path in modules.glob("*/updates/dkms/nvidia*.ko*")}
    return bool(built) and _kernel() not in built


def non_free_source(codename: str) -> tuple[str, str]:
    """Name and text of one more source of apt's: this machine's own of `codename`, with other components.

    A copy, for apt refuses a place whose sources name two keys. Raises ValueError: when there is none.
    """
    # The distribution's own come first: other publishers' are lists of ours.
    patterns = ("sources.list", "sources.list.d/*.sources", "sources.list.d/*.list")
    paths = [path for pattern in patterns for path in sorted(APT.glob(pattern))]
    copies = [(f"non-free{path.suffix}", copy) for path in paths for copy in _copies(path, codename)]
    if not copies:
        raise ValueError(f"{APT} has no source of {codename}")
    return copies[0]


def _copies(path: Path, codename: str) -> list[str]:
    text = path.read_text()
    if path.suffix == ".list":
        return [copy for line in text.splitlines() if (copy := _line(line, codename))]
    return [copy for stanza in re.split(r"\n\s*\n", text) if (copy := _stanza(stanza, codename))]


def _line(line: str, codename: str) -> str:
    words = line.split()
    if words[:1] != ["deb"] or not {codename, "main"} <= set(words):
        return ""
    return " ".join([*words[: words.index(codename) + 1], NON_FREE]) + "\n"


def _stanza(stanza: str, codename: str) -> str:
    lines = stanza.splitlines()
    fields = {key.lower(): words.split() for key, _, words in (line.partition(":") for line in lines)}
    wanted = {"types": "deb", "suites": codename, "components": "main"}
    if "no" in fields.get("enabled", []) or any(wanted[key] not in fields.get(key, []) for key in wanted):
        return ""
    return re.sub(r"(?im)^components:.*", f"Components: {NON_FREE}", stanza.strip()) + "\n"


def _kernel() -> str:
    shown = subprocess.run(["uname", "-r"], capture_output=True, text=True, check=True)
    return shown.stdout.strip()


if __name__ == "__main__":
    main()
