"""What the three checks under a verification say, and workers that say it without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from services import models
from services.core.errors import ServiceError
from services.core.faces import Box, SeenFace
from services.core.mrz_fields import DataElement
from services.core.quality import Quality, QualityReason
from services.models import Check, Images, Outcome
from services.models.document_ocr import DocumentOcr, Fields, MachineReadableZone
from services.models.face_liveness import FaceLiveness, decide
from services.models.face_match import ComparedFace, FaceMatch
from services.models.face_match import verdict as compared
from services.ports import Ports
from tests.unit.services.corpus import drawing, encoded
from tests.unit.services.rig import Rig

NAMES = ("document-ocr", "face-match", "face-liveness")
DOCUMENT, SELFIE = encoded(drawing(), "PNG"), encoded(drawing(seed=1), "PNG")
FILES = {"document": DOCUMENT, "selfie": SELFIE}
PATH = "/v1/verifications"

Said = BaseModel | ServiceError | Exception


def document(expires: str = "2099-01-31", valid: bool = True) -> DocumentOcr:
    known = DataElement(value="X", valid=True)
    fields = dict.fromkeys(Fields.model_fields, known)
    return DocumentOcr(
        lines=[],
        complete=True,
        rotation=0,
        mrz=MachineReadableZone(kind="TD3", lines=["P<", "X"], valid=valid, repaired=[]),
        fields=Fields(**fields | {"date_of_expiry": DataElement(value=expires, valid=True)}),
    )


def faces(cosine: float = 0.7) -> FaceMatch:
    one = ComparedFace(**seen().model_dump(), quality=quality())
    return compared(cosine, {"image_a": one, "image_b": one})


def selfie(score: float = 0.99, *reasons: QualityReason) -> FaceLiveness:
    return decide(score, seen(), quality(*reasons))


def seen() -> SeenFace:
    return SeenFace(count=1, box=Box(x=1, y=1, width=90, height=99), confidence=0.9)


def quality(*reasons: QualityReason) -> Quality:
    return Quality(
        yaw_ratio=0, pitch_ratio=0.6, roll_deg=0, face_px=99, inside_ratio=1, brightness_level=120,
        contrast_level=50, overexposed_ratio=0, blur_ratio=0.4, reasons=list(reasons),
    )  # fmt: skip


@dataclass
class Says:
    """A model that says what it is told, whatever it sees."""

    said: Said
    seen: list[Images] = field(default_factory=list)

    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        self.seen += batch
        if isinstance(self.said, BaseModel | ServiceError):
            return [Outcome(self.said) for _ in batch]
        raise self.said


@dataclass
class Crew:
    """A worker a check."""

    rigs: list[Rig]
    models: dict[str, Says]

    @classmethod
    async def start(cls, ports: Ports, **said: Said) -> Crew:
        """Those of `said`, by the checks' names in Python; the others find nothing amiss."""
        usual: dict[str, Any] = {"document_ocr": document(), "face_match": faces(), "face_liveness": selfie()}
        talkers = {name.replace("_", "-"): Says(one) for name, one in (usual | said).items()}
        return cls([await Rig.start(ports, told(name, one)) for name, one in talkers.items()], talkers)

    async def drain(self) -> None:
        for rig in self.rigs:
            await rig.drain()


def told(name: str, model: Says) -> Check:
    return replace(models.find(name), load=lambda _threads, _limits: model)
