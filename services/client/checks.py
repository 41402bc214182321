"""The checks that the API offers: how each is asked for, and what it answers.

Made from the API's description by `generate`. Not to be edited: the next one would undo it.
"""

from __future__ import annotations

from typing import Any, Literal, Unpack

from .answers import Answer, Check
from .awaiting import AwaitingClient
from .blocking import BlockingClient
from .calls import Options
from .images import Image

Decision = Literal["approve", "review", "reject"] | str
Doubt = Literal["liveness-uncertain", "liveness-low"] | str
QualityReason = (
    Literal[
        "face-too-small",
        "face-cut-off",
        "too-dark",
        "too-bright",
        "low-contrast",
        "blurred",
        "face-turned",
        "face-raised",
        "face-lowered",
        "face-tilted",
    ]
    | str
)
ReasonCode = (
    Literal[
        "document-unreadable",
        "document-expired",
        "expiry-unknown",
        "mrz-missing",
        "mrz-invalid",
        "document-face-unclear",
        "selfie-face-unclear",
        "faces-differ",
        "faces-uncertain",
        "same-picture",
        "selfie-poor",
        "liveness-spoof",
        "liveness-uncertain",
    ]
    | str
)
Verdict = Literal["live", "spoof", "review"] | str


class Box(Answer):
    """Pixels of the upright image, from its top left; a face may stick out of the picture."""

    x: int
    y: int
    width: int
    height: int


class ComparedFace(Answer):
    """The face that was compared. Its quality decides nothing: it says why a score may be low."""

    count: int
    """Faces in the image; all others are less than half as high"""
    box: Box
    confidence: float
    """Of the detector"""
    quality: Quality


class DataElement(Answer):
    """A data element, without the fillers at its ends."""

    value: str | None
    """null when it is empty, or an unknown or impossible date"""
    valid: bool | None
    """Whether its check digit holds; false as well when it holds what cannot stand there, null when no
    check digit says anything about it"""


class DocumentOcr(Answer):
    """What is written on the document."""

    lines: list[Line]
    """In reading order"""
    complete: bool
    """Whether every line was read: not once a valid zone is found, nor of very many"""
    rotation: float
    """Degrees that the text is turned, clockwise"""
    mrz: MachineReadableZone | None
    """null when the page shows none"""
    fields: Fields | None
    """What the zone says; null without one"""


class DocumentOcrPart(Answer):
    """What is written on the document."""

    id: str
    refusal: Refusal | None = None
    """Instead of a result"""
    result: DocumentOcr | None = None


class FaceLiveness(Answer):
    """The verdict."""

    score: float
    """How likely a person is before the camera; not calibrated"""
    verdict: Verdict
    """`review`: the score is in between, or the picture too poor for it"""
    reasons: list[QualityReason | Doubt]
    """Why it is not `live`; empty when it is"""
    face: SeenFace
    quality: Quality


class FaceLivenessPart(Answer):
    """Whether the selfie is live."""

    id: str
    refusal: Refusal | None = None
    """Instead of a result"""
    result: FaceLiveness | None = None


class FaceMatch(Answer):
    """The verdict."""

    score: float
    """How likely both show one person; not calibrated"""
    match: bool
    """Whether the score reaches the threshold"""
    threshold: float
    same_picture: bool
    """So alike that one photograph was probably sent twice"""
    faces: dict[str, ComparedFace]
    """By image field"""


class FaceMatchPart(Answer):
    """`image_a` is the document, `image_b` the selfie."""

    id: str
    refusal: Refusal | None = None
    """Instead of a result"""
    result: FaceMatch | None = None


class Fields(Answer):
    """The data elements of a zone, by ICAO's terms."""

    document_type: DataElement
    issuing_state: DataElement
    """As written: three letters, or D for Germany"""
    document_number: DataElement
    primary_identifier: DataElement
    """Mostly the surname"""
    secondary_identifier: DataElement
    """Mostly the given names"""
    nationality: DataElement
    date_of_birth: DataElement
    """ISO 8601, without a day or month that is unknown; the latest that is not in the future"""
    sex: DataElement
    """F, M or X"""
    date_of_expiry: DataElement
    """ISO 8601, from 50 years ago to 49 years ahead"""
    optional_data: DataElement
    optional_data_2: DataElement | None = None
    """Of the second line of a TD1"""


class Hint(Answer):
    """What the person can do better."""

    image: Literal["document", "selfie"] | str
    """The picture to take again"""
    code: str
    """A quality reason, the code of an error about the image, or `mrz-invalid`"""


class Line(Answer):
    """A line of text."""

    text: str
    confidence: float
    """Mean over the characters"""
    box: TextBox
    quad: list[tuple[int, int]]
    """Corners (x, y) from the text's top left, clockwise"""


class MachineReadableZone(Answer):
    """A machine-readable zone as ICAO Doc 9303 defines it."""

    kind: Literal["TD1", "TD2", "TD3", "MRV-A", "MRV-B"] | str
    lines: list[str]
    valid: bool
    """Every check digit holds, and no field holds what it cannot"""
    repaired: list[str]
    """Fields whose O/0, lookalikes or number of fillers were put right; only where check digits then hold.
    `composite` is its check digit, `fillers` the length of a line"""


class Quality(Answer):
    """How good the picture of the face is. Levels are of grey, 0 to 255."""

    yaw_ratio: float
    """0 ahead; 1 when the nose is level with the left eye, -1 with the right one"""
    pitch_ratio: float
    """Height of the nose: 0 at the eyes, 1 at the mouth, 0.6 ahead"""
    roll_deg: float
    """Tilt of the line from eyes to mouth; positive is clockwise"""
    face_px: int
    """Height of the face in the original"""
    inside_ratio: float
    """Part of the face's box that is within the picture"""
    brightness_level: float
    """Mean grey of the face"""
    contrast_level: float
    """Standard deviation of the grey of the face"""
    overexposed_ratio: float
    """Part of the face at 250 or brighter"""
    blur_ratio: float
    """0 is as sharp as can be, 1 has no detail"""
    reasons: list[QualityReason]
    """What to do better; empty when all is well"""


class Reason(Answer):
    """Something that speaks against `approve`."""

    code: ReasonCode
    check: str
    """Which check says so"""


class Refusal(Answer):
    """What a check has against an image."""

    code: str
    detail: str
    image: Literal["document", "selfie"] | str | None


class SeenFace(Answer):
    """The face that an answer is about."""

    count: int
    """Faces in the image; all others are less than half as high"""
    box: Box
    confidence: float
    """Of the detector"""


class TextBox(Answer):
    """Upright rectangle around a line, in pixels of the upright image, from its top left."""

    x: int
    y: int
    width: int
    height: int


class Verification(Answer):
    """One decision about a document and a selfie, with all that it rests on."""

    decision: Decision
    """`reject` is certain, `review` is for a person to look at"""
    reasons: list[Reason]
    """Empty when it is `approve`"""
    hints: list[Hint]
    """Empty when better pictures would change nothing"""
    checks: VerificationParts


class VerificationParts(Answer):
    """What each check says."""

    document_ocr: DocumentOcrPart
    face_match: FaceMatchPart
    face_liveness: FaceLivenessPart


RESULTS: dict[str, type[Any]] = {
    "document-ocr": DocumentOcr,
    "face-liveness": FaceLiveness,
    "face-match": FaceMatch,
    "verification": Verification,
}


class EkycClient(BlockingClient):
    """The API, for code that blocks. Several threads may share one; close it, or use it in a `with`."""

    results = RESULTS

    def document_ocr(self, document: Image, **options: Unpack[Options]) -> Check[DocumentOcr]:
        """Read an identity document and its machine-readable zone. Raises EkycError; OSError: of an image."""
        return self.check("document-ocr", {"document": document}, DocumentOcr, **options)

    def face_liveness(self, selfie: Image, **options: Unpack[Options]) -> Check[FaceLiveness]:
        """Tell a live face from a picture of one. Raises EkycError; OSError: of an image."""
        return self.check("face-liveness", {"selfie": selfie}, FaceLiveness, **options)

    def face_match(self, image_a: Image, image_b: Image, **options: Unpack[Options]) -> Check[FaceMatch]:
        """Compare the faces in two images. Raises EkycError; OSError: of an image."""
        return self.check("face-match", {"image_a": image_a, "image_b": image_b}, FaceMatch, **options)

    def verification(self, document: Image, selfie: Image, **options: Unpack[Options]) -> Check[Verification]:
        """Verify a person by a document and a selfie. Raises EkycError; OSError: of an image."""
        return self.check("verifications", {"document": document, "selfie": selfie}, Verification, **options)


class AsyncEkycClient(AwaitingClient):
    """The API, for asyncio. Belongs to one event loop; close it, or use it in an `async with`."""

    results = RESULTS

    async def document_ocr(self, document: Image, **options: Unpack[Options]) -> Check[DocumentOcr]:
        """Read an identity document and its machine-readable zone. Raises EkycError; OSError: of an image."""
        return await self.check("document-ocr", {"document": document}, DocumentOcr, **options)

    async def face_liveness(self, selfie: Image, **options: Unpack[Options]) -> Check[FaceLiveness]:
        """Tell a live face from a picture of one. Raises EkycError; OSError: of an image."""
        return await self.check("face-liveness", {"selfie": selfie}, FaceLiveness, **options)

    async def face_match(
        self, image_a: Image, image_b: Image, **options: Unpack[Options]
    ) -> Check[FaceMatch]:
        """Compare the faces in two images. Raises EkycError; OSError: of an image."""
        return await self.check("face-match", {"image_a": image_a, "image_b": image_b}, FaceMatch, **options)

    async def verification(
        self, document: Image, selfie: Image, **options: Unpack[Options]
    ) -> Check[Verification]:
        """Verify a person by a document and a selfie. Raises EkycError; OSError: of an image."""
        return await self.check(
            "verifications", {"document": document, "selfie": selfie}, Verification, **options
        )
