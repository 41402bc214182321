"""Nomad's own client, and what its errors mean to somebody at a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import nomad
import requests
from nomad.api.exceptions import BaseNomadException

from sre_cli.adapters.causes import distrust, plain_cause
from sre_cli.errors import EngineUnavailable

NOT_READY = re.compile(r"No cluster leader|No path to region|Not ready to serve")
"""What Nomad says, with status 500 as for a job it refuses, while its servers elect a leader."""
T = TypeVar("T")


class NomadClient:
    """Asks one Nomad region's servers."""

    def __init__(self, url: str, token: str, *, mend: str, ca_file: Path | None = None, timeout_s: int = 10):
        """`ca_file` signs what an https URL shows; `mend` is the command to type when Nomad is silent."""
        self._url = url
        self._mend = mend
        session = requests.Session()
        # A proxy of the environment is for the web; an engine is reached directly.
        session.trust_env = False
        verify = str(ca_file) if ca_file else True
        self.nomad = nomad.Nomad(address=url, token=token, timeout=timeout_s, verify=verify, session=session)

    def ask(self, question: Callable[[], T], *expected: int) -> T:
        """Ask Nomad. An answer with a status in `expected` stays the library's exception."""
        try:
            return question()
        except BaseNomadException as error:
            if _status(error) in expected and not NOT_READY.search(answer_of(error)):
                raise
            raise self.unavailable(error) from None
        except (OSError, json.JSONDecodeError) as error:
            # Those of requests are OSErrors too; a file of certificates that is missing is a plain one.
            raise self.unavailable(error) from None

    def unavailable(self, error: Exception) -> EngineUnavailable:
        """What a failure means that nobody expected."""
        status = _status(error)
        if status == requests.codes.forbidden:
            return EngineUnavailable(
                f"Nomad at {self._url} refuses this token: {answer_of(error)}",
                hint=f"{self._mend}, or set NOMAD_TOKEN",
            )
        if status:
            return EngineUnavailable(f"Nomad at {self._url} fails: {answer_of(error)} ({status})")
        if cause := distrust(error):
            return EngineUnavailable(f"Nomad at {self._url} is not trusted: {cause}", hint=self._mend)
        return EngineUnavailable(
            f"Nomad at {self._url} does not answer: {plain_cause(error)}", hint=self._mend
        )


def _status(error: Exception) -> int | None:
    return getattr(getattr(error, "nomad_resp", None), "status_code", None)


def answer_of(error: Exception) -> str:
    """What Nomad said, in one line."""
    response = getattr(error, "nomad_resp", error)
    return " ".join(str(getattr(response, "text", response)).split())
