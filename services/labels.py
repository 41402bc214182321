"""Answers with what was true of them, as files: to choose a threshold by, to evaluate, to train.

Images are not among them: those are deleted with the answer, and nothing here brings them back. Who wants to
train with images collects them, with consent, on his own side; the ids of the checks are what joins the two.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel

from services import models
from services.core.drift import values_at
from services.core.feedback import NO_TRUTHS, Labelled, Wanted
from services.core.operator_errors import TenantNotFound
from services.models import Offer
from services.ports import Tenants
from services.ports_feedback import FeedbackBook
from services.verification import VERIFICATION


class ExportedFile(BaseModel):
    """A file of JSON lines."""

    file: str
    answers: int = 0
    wrong: int = 0


class Labels:
    """The use case. Raises ResultsUnavailable, SealKeyUnknown."""

    def __init__(self, book: FeedbackBook, tenants: Tenants):
        self._book, self._tenants = book, tenants

    async def export(
        self, folder: Path, tenant: str | None, check: str | None, since_s: float, personal: bool
    ) -> list[ExportedFile]:
        """Write one file a check; only its owner may read it. Raises TenantNotFound, OSError."""
        wanted = Wanted(await self._tenant_id(tenant), check, since_s)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240  # nobody else waits
        files: dict[str, tuple[ExportedFile, TextIO]] = {}
        with ExitStack() as stack:
            async for one in self._book.all(wanted):
                name = one.feedback.check
                if name not in files:
                    path = folder / f"{name}.jsonl"
                    files[name] = ExportedFile(file=str(path)), stack.enter_context(_private(path))
                _write(*files[name], one, personal)
        return [file for _, (file, _) in sorted(files.items())]

    async def _tenant_id(self, name: str | None) -> str | None:
        if name is None:
            return None
        tenant = await self._tenants.find(name)
        if tenant is None:
            raise TenantNotFound
        return tenant.id


def line_of(one: Labelled, personal: bool) -> dict[str, Any]:
    """What a program reads of an answer. Without `personal`, of a document only which fields were wrong."""
    said, result = one.feedback, one.reply.result or {}
    offer = _offer_of(said.check)
    answer = (offer.truths if offer else NO_TRUTHS).said(result)
    return {
        "id": said.id,
        "tenant_id": said.tenant_id,
        "at_s": said.at_s,
        "model": one.reply.model and one.reply.model.model_dump(),
        "verdict": said.verdict,
        "truth": said.truth if personal else _without_values(said.truth),
        "answer": answer if personal else _without_values(answer),
        "numbers": _numbers(offer, result),
        **({"result": result} if personal else {}),
    }


def _without_values(truth: str | dict[str, str] | None) -> str | list[str] | None:
    """A word says nothing about who a person is; a field's value does."""
    return sorted(truth) if isinstance(truth, dict) else truth


def _numbers(offer: Offer | None, result: dict[str, Any]) -> dict[str, list[float]]:
    """Those that the model's manifest watches, scores among them."""
    features = offer.features if isinstance(offer, models.Check) else ()
    return {feature.name: values_at(result, feature.path) for feature in features}


def _offer_of(check: str) -> Offer | None:
    if check == VERIFICATION.name:
        return VERIFICATION
    return models.find(check) if check in models.names() else None


def _write(file: ExportedFile, out: TextIO, one: Labelled, personal: bool) -> None:
    print(json.dumps(line_of(one, personal)), file=out)
    file.answers += 1
    file.wrong += one.feedback.verdict == "wrong"


def _private(path: Path) -> TextIO:
    """Anew, and never readable for others, not even while it is written."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
