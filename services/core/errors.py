"""Every way a check can be refused or fail: one class a cause.

Each class fixes the HTTP status, a stable `code` that clients may branch on, a title, and whether the
check counts as billable: it does once a model has looked at the images and said something about them.
A code is never given another meaning, and never taken away within a version of the API.
"""

from __future__ import annotations

from typing import Any, ClassVar

BY_CODE: dict[str, type[ServiceError]] = {}
"""Every cause that a tenant may meet, by its stable code: a class is there once its module is imported."""


class ServiceError(Exception):
    """The base of all of them; `detail` is shown to the client, so it holds no secret and no path."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something broke on our side"
    billable: ClassVar[bool] = False
    retry_after_s: int | None = None
    """When the same request may succeed; None: not by being sent again."""

    def __init_subclass__(cls, for_tenants: bool = True) -> None:
        if for_tenants:
            BY_CODE[cls.code] = cls

    def __init__(self, detail: str = "", *, image: str | None = None, retry_after_s: int | None = None):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.image = image
        """Name of the multipart field that the error is about, where it is about one."""
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s

    def to_dict(self) -> dict[str, Any]:
        """The error as it travels in a reply and rests in the results table."""
        return {"code": self.code, "detail": self.detail, "image": self.image}

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> ServiceError:
        """The inverse of `to_dict`; a code of a newer version becomes the base class."""
        cause = BY_CODE.get(stored["code"], ServiceError)
        return cause(stored["detail"], image=stored.get("image"))


class InternalError(ServiceError):
    """A bug: the log has the traceback, the client has the id."""


# --- the request -----------------------------------------------------------------------------------


class NotFound(ServiceError):
    """No such path."""

    status, code, title = 404, "not-found", "No such resource"


class MethodNotAllowed(ServiceError):
    """The path exists, the method does not; `Allow` lists those that do."""

    status, code, title = 405, "method-not-allowed", "Method not allowed"


class BadRequest(ServiceError):
    """The HTTP request itself is wrong."""

    status, code, title = 400, "bad-request", "Bad request"


class BodyMalformed(ServiceError):
    """The body is not valid multipart/form-data, or ends early."""

    status, code, title = 400, "body-malformed", "The body is not valid multipart/form-data"


class NotMultipart(ServiceError):
    """The content type is not multipart/form-data."""

    status, code, title = 415, "not-multipart", "Send multipart/form-data"


class BodyTooLarge(ServiceError):
    """The body is larger than all of its images may be together."""

    status, code, title = 413, "body-too-large", "The body is too large"


class UploadTooSlow(ServiceError):
    """The body did not arrive in time."""

    status, code, title = 408, "upload-too-slow", "The body did not arrive in time"


class PartMissing(ServiceError):
    """A required image was not sent."""

    status, code, title = 422, "image-missing", "An image is missing"


class PartUnexpected(ServiceError):
    """A part that the check does not know, or one sent twice."""

    status, code, title = 422, "part-unexpected", "Unexpected part"


# --- the caller ------------------------------------------------------------------------------------


class KeyMissing(ServiceError):
    """No API key came with the request."""

    status, code, title = 401, "key-missing", "Send an API key"


class KeyUnknown(ServiceError):
    """The key is none, unknown, of another secret, revoked or expired: a guesser is told no more."""

    status, code, title = 401, "key-unknown", "The API key is not valid"


class RateLimited(ServiceError):
    """The tenant calls faster than agreed."""

    status, code, title, retry_after_s = 429, "rate-limited", "Too many requests", 1


class QuotaExceeded(ServiceError):
    """The tenant's billable checks of this month are used up."""

    status, code, title, retry_after_s = 429, "quota-exceeded", "The quota of this month is used up", 3600


class IdempotencyKeyMalformed(ServiceError):
    """The Idempotency-Key header is not 1 to 128 characters that may stand in one, or came twice."""

    status, code, title = 400, "idempotency-key-malformed", "The Idempotency-Key is malformed"


class IdempotencyKeyReused(ServiceError):
    """The key stands for another request."""

    status, code, title = 422, "idempotency-key-reused", "The Idempotency-Key stands for another request"


# --- the image -------------------------------------------------------------------------------------


class ImageEmpty(ServiceError):
    """Zero bytes."""

    status, code, title = 422, "image-empty", "The image is empty"


class ImageTooLarge(ServiceError):
    """More bytes than allowed."""

    status, code, title = 413, "image-too-large", "The image file is too large"


class ImageTooManyPixels(ServiceError):
    """More pixels than allowed: refused from the header, nothing was decoded."""

    status, code, title = 422, "image-too-many-pixels", "The image has too many pixels"


class ImageTooSmall(ServiceError):
    """Too few pixels to hold what the check looks for."""

    status, code, title = 422, "image-too-small", "The image has too few pixels"


class ImageFormatUnsupported(ServiceError):
    """Not a JPEG, PNG or WebP, whatever its name says."""

    status, code, title = 415, "image-format-unsupported", "The image is not a JPEG, PNG or WebP"


class ImageAnimated(ServiceError):
    """More than one frame."""

    status, code, title = 422, "image-animated", "The image is animated"


class ImageCorrupt(ServiceError):
    """Cut short, or damaged."""

    status, code, title = 422, "image-corrupt", "The image is cut short or damaged"


# --- what a model says -----------------------------------------------------------------------------


class FaceMissing(ServiceError):
    """The detector found no face."""

    status, code, title, billable = 422, "no-face", "No face was found", True


class FaceTooSmall(ServiceError):
    """The largest face has too few pixels to be trusted."""

    status, code, title, billable = 422, "face-too-small", "The face is too small", True


class FacesMultiple(ServiceError):
    """Several faces of similar size: whose identity is meant cannot be known."""

    status, code, title, billable = 422, "multiple-faces", "Several faces of similar size were found", True


class TextMissing(ServiceError):
    """No line of text was found."""

    status, code, title, billable = 422, "no-text", "No text was found", True


# --- our side --------------------------------------------------------------------------------------


class CheckNotFound(ServiceError):
    """No check has this id."""

    status, code, title = 404, "check-not-found", "No check has this id"


class CheckExpired(ServiceError):
    """The deadline passed before a worker was free."""

    status, code, title, retry_after_s = 504, "check-expired", "The check was not done in time", 5


class VerificationIncomplete(ServiceError):
    """A check under a verification could not be done, so that there is nothing to decide."""

    status, code, title, retry_after_s = 503, "verification-incomplete", "A check could not be done", 5


class ModelFailed(ServiceError):
    """The model raised on these images."""

    status, code, title = 500, "model-failed", "The model failed on these images"


class ImageLost(ServiceError):
    """The object store no longer has an image that a task refers to."""

    status, code, title = 500, "image-lost", "An image was lost before it was read"


class SealBroken(ServiceError):
    """What was stored sealed was changed, cut short or moved since."""

    status, code, title = 500, "seal-broken", "What was stored is damaged"


class SealKeyUnknown(ServiceError):
    """What was stored is sealed with a key that this process does not have."""

    status, code, title = 500, "seal-key-unknown", "What was stored cannot be read here"


class Overloaded(ServiceError):
    """More uploads are in flight than this process may hold in memory."""

    status, code, title, retry_after_s = 503, "overloaded", "Too many uploads at once", 1


class SystemBusy(ServiceError):
    """So many tasks wait that a new one would be too late; nothing was accepted."""

    status, code, title, retry_after_s = 429, "system-busy", "All workers are busy", 5


class QueueFull(ServiceError):
    """The broker refuses more tasks: workers do not keep up."""

    status, code, title, retry_after_s = 503, "queue-full", "The queue is full", 5


class BrokerUnavailable(ServiceError):
    """The broker cannot be reached or did not confirm."""

    status, code, title, retry_after_s = 503, "broker-unavailable", "The queue cannot be reached", 2


class StoreUnavailable(ServiceError):
    """The object store cannot be reached."""

    status, code, title, retry_after_s = 503, "store-unavailable", "The image store cannot be reached", 2


class ResultsUnavailable(ServiceError):
    """The database cannot be reached."""

    status, code, title, retry_after_s = 503, "results-unavailable", "The results cannot be reached", 2


def catalogue() -> list[type[ServiceError]]:
    """Every cause, by its code."""
    return sorted(BY_CODE.values(), key=lambda cause: cause.code)
