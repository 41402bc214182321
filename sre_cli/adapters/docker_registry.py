"""The ImageRegistry port on a Docker registry, with this machine's Docker engine to push from."""

from __future__ import annotations

import ssl
import subprocess
from collections import deque
from collections.abc import Callable
from pathlib import Path

import httpx

from infra.images.docker_images import has_image, tag, untag
from sre_cli.adapters.causes import distrust, plain_cause
from sre_cli.errors import EngineUnavailable

TIMEOUT_S = 10.0
TAIL_LINES = 10
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)


class DockerRegistry:
    """One registry, under the name that operators push to."""

    def __init__(self, push_to: str, ca_file: Path, *, say: Callable[[str], None], mend: str):
        """`push_to` is `host[:port][/path]`; `ca_file` signs what it shows, where it is our own."""
        self._push_to, self._ca_file, self._say, self._mend = push_to, ca_file, say, mend

    def has(self, image: str, version: str) -> bool | None:
        """Whether nodes can pull it; None where the registry wants a login, which Docker knows and we do not.

        Raises EngineUnavailable.
        """
        host, _, path = self._push_to.partition("/")
        repository = f"{path}/{image}" if path else image
        url = f"https://{host}/v2/{repository}/manifests/{version}"
        try:
            trust = ssl.create_default_context()
            trust.load_verify_locations(self._ca_file)
            answer = httpx.head(
                url,
                headers={"Accept": ", ".join(MANIFESTS)},
                verify=trust,
                timeout=TIMEOUT_S,
                trust_env=False,
            )
        except (httpx.HTTPError, OSError) as error:
            cause = distrust(error) or plain_cause(error)
            raise EngineUnavailable(
                f"the registry {host} does not answer: {cause}", hint=self._mend
            ) from None
        if answer.status_code in (httpx.codes.OK, httpx.codes.NOT_FOUND):
            return answer.status_code == httpx.codes.OK
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return None
        raise EngineUnavailable(f"the registry {host} fails: {answer.status_code}", hint=self._mend)

    def is_built(self, image: str, version: str) -> bool:
        """Whether this machine's engine holds it. Raises EngineUnavailable."""
        return has_image(f"{image}:{version}")

    def push(self, image: str, version: str) -> None:
        """Upload the layers that the registry lacks. Raises EngineUnavailable: with what Docker said."""
        local, remote = f"{image}:{version}", f"{self._push_to}/{image}:{version}"
        self._say(f"{image}: pushing {version}")
        tag(local, remote)
        try:
            self._run(image, ["docker", "push", remote])
        finally:
            untag(remote)
        self._say(f"{image}: pushed")

    def _run(self, image: str, argv: list[str]) -> None:
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        pipe = subprocess.PIPE
        # A session of its own: Ctrl-C is for us, and layers that are on their way arrive first.
        with subprocess.Popen(
            argv, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
        ) as docker:
            for line in docker.stdout or ():
                tail.append(line.rstrip())
                self._say(f"{image}: pushing, {line.rstrip()}")
        if docker.returncode:
            host = self._push_to.partition("/")[0]
            raise EngineUnavailable(
                f"{image} cannot be pushed to {host}",
                detail="\n".join(tail),
                hint=f"{self._mend}; docker login {host}",
            )
