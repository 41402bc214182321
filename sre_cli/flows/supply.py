"""Images get to where nodes can pull them, before a job asks for them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from sre_cli.errors import Refused
from sre_cli.ports import ImageRegistry

Image = tuple[str, str]
"""Name and version."""

AT_ONCE = 2
"""Docker packs an image on one core."""


class Supply:
    """What of some images a registry lacks, and its pushing. Threads may share it."""

    def __init__(self, registry: ImageRegistry, images: Iterable[Image]):
        """Look for all of them.

        Raises Refused: when one is neither in the registry nor built here; nothing was pushed.
        """
        self._registry = registry
        held = {image: registry.has(*image) for image in dict.fromkeys(images)}
        self.lacking = [image for image in held if not held[image] and registry.is_built(*image)]
        # Where only a push would tell, an image that was not built here is somebody else's, who pushed it.
        _refuse([image for image in held if held[image] is False and image not in self.lacking])
        self._locks: dict[Image, threading.Lock] = defaultdict(threading.Lock)
        self._slots = threading.Semaphore(AT_ONCE)

    def provide(self, image: Image) -> None:
        """Push the image unless it is there; returns once nodes can pull it."""
        with self._locks[image]:
            if image in self.lacking:
                with self._slots:
                    self._registry.push(*image)
                self.lacking.remove(image)


def _refuse(missing: list[Image]) -> None:
    if missing:
        names = ", ".join(f"{name}:{version}" for name, version in missing)
        raise Refused(
            f"no image {names} in the registry or built here, nothing was changed",
            hint=f"sre images build {' '.join(name for name, _ in missing)}",
        )
