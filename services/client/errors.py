"""What may come instead of an answer: one class a family, made from the API's problem documents (RFC 9457).

Branch on the class, or on `code` where the API's list of errors says more. A code that this client has never
heard of is raised as its family, with all that the API said.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What the API, or the way to it, says is wrong."""

    code: str
    detail: str
    status: int | None = None
    """Of HTTP; None: no answer came, or the error was found on this side."""
    billable: bool = False
    """Whether a model looked at the images, so that the check is charged for."""
    image: str | None = None
    """The image that the problem is about, by its name in the request."""
    check_id: str | None = None
    """The check, where one was made."""
    retry_after_s: float | None = None
    """When the API asks to be asked again."""


class EkycError(Exception):
    """The base of all of them. `str` tells what the API said; `repr` says nothing but codes and ids."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.problem = problem
        self.code = problem.code
        self.detail = problem.detail
        self.status = problem.status
        self.billable = problem.billable
        self.image = problem.image
        self.check_id = problem.check_id
        self.retry_after_s = problem.retry_after_s

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    def __repr__(self) -> str:
        said = {"status": self.status, "image": self.image, "check_id": self.check_id}
        shown = "".join(f", {name}={value!r}" for name, value in said.items() if value is not None)
        return f"{type(self).__name__}({self.code!r}{shown})"


class RequestRefused(EkycError):
    """The request is wrong, whatever its images show: sent again it is refused again."""


class NotAuthenticated(RequestRefused):
    """The API key is missing, unknown, expired or revoked."""


class NotFound(RequestRefused):
    """No such thing, one of another account, or one that was deleted; or no such path."""


class ImageRefused(EkycError):
    """An image cannot be read, or does not show what the check looks for: ask for another picture."""


class RateLimited(EkycError):
    """Too many requests for the account's terms, or for what the API can do now; come back later."""


class ServiceFailed(EkycError):
    """Something broke on the other side."""


class Unavailable(ServiceFailed):
    """The API, or something behind it, is away; come back later."""


class Unreachable(Unavailable):
    """No answer: no connection, one that broke, or none in time. `__cause__` is the error of httpx."""


class AnswerInvalid(ServiceFailed):
    """An answer that this version of the client cannot read."""


class StillPending(EkycError):
    """The check is not done yet; `check_id` finds it again."""

    @classmethod
    def of(cls, check_id: str) -> StillPending:
        """The error for one check."""
        return cls(Problem("still-pending", "The check is not done yet", check_id=check_id))


def error_of(problem: Problem) -> EkycError:
    """The error of a problem's family. Codes do not decide: there may be new ones, statuses stay."""
    return _family(problem)(problem)


def _family(problem: Problem) -> type[EkycError]:
    status = problem.status or 0
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if not 400 <= status < 500:
        return ServiceFailed
    return ImageRefused if problem.image or problem.billable else RequestRefused


_BY_STATUS: dict[int, type[EkycError]] = {
    401: NotAuthenticated,
    403: NotAuthenticated,
    404: NotFound,
    410: NotFound,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
