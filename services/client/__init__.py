"""A Python client of the eKYC API, for code that blocks and for asyncio. It needs httpx and pydantic alone.

    >>> from services.client import EkycClient
    >>> client = EkycClient(url, api_key)
    >>> check = client.face_match(selfie, portrait)  # paths, bytes or open files
    >>> check.result.match
    True

`AsyncEkycClient` has the same methods, to be awaited. A call waits until its check is done, for `timeout_s`,
60 seconds by default; whoever has no time for that looks again later:

    >>> check = client.face_match(selfie, portrait, prefer_async=True)
    >>> check = client.wait(check, timeout_s=30)  # in another process: client.get_check(check.id)
    >>> check.is_done, check.result.match
    (True, True)

What is worth another try gets one, with growing pauses or when the API says: 429, 503 and their like, broken
connections, no answer in time. Each try carries the same Idempotency-Key, so that none is charged twice; give
a key of your own where the same check may be asked for by two processes, or again after a crash. Errors are
`EkycError`s, one class for each thing to do about them:

    >>> from services.client import ImageRefused
    >>> try:
    ...     client.face_match(selfie, b"no image")
    ... except ImageRefused as error:
    ...     print(error.code, error.image, error.billable)
    image-format-unsupported image_b False

The API learns from what turned out to be true; `truth` may be left out:

    >>> client.feedback_on_check(check.id, "right", truth="same").verdict
    'right'

A phone needs no key: the business makes a session, gives the phone its token, and reads the verification.

    >>> from services.client import EkycSession
    >>> session = client.create_session(reference="customer-7")
    >>> phone = EkycSession(url, session.token)
    >>> phone.upload("selfie", selfie).slots
    {'document': False, 'selfie': True}
    >>> client.get_session(session.id).status  # and its .verification, once the phone has submitted
    'open'

`client.create_webhook(url)` has the API tell when checks are done, and returns the secret that it signs with.
What comes is believed once it is verified; give the body as it came:

    >>> import time
    >>> from services.client import sign_webhook, verify_webhook
    >>> headers = sign_webhook(b'{"type": "check.done"}', "msg_1", int(time.time()), "whsec_c2VjcmV0")
    >>> verify_webhook(b'{"type": "check.done"}', headers, "whsec_c2VjcmV0")
    {'type': 'check.done'}
"""

from .answers import (
    Check,
    CheckDeletion,
    CheckFeedback,
    ErrorEntry,
    IssuedWebhook,
    KeySet,
    ModelInfo,
    MonthOfUsage,
    UsageLine,
    Webhook,
    WebhookDeliveries,
    WebhookDelivery,
)
from .calls import Options
from .checks import RESULTS, AsyncEkycClient, EkycClient
from .errors import (
    AnswerInvalid,
    EkycError,
    ImageRefused,
    NotAuthenticated,
    NotFound,
    Problem,
    RateLimited,
    RequestRefused,
    ServiceFailed,
    StillPending,
    Unavailable,
    Unreachable,
)
from .images import Image
from .phone import AsyncEkycSession, EkycSession
from .retries import Retries
from .session_answers import CreatedSession, SessionOfBusiness, SessionState
from .webhooks import WebhookInvalid, sign_webhook, verify_webhook

__all__ = [
    "RESULTS",
    "AnswerInvalid",
    "AsyncEkycClient",
    "AsyncEkycSession",
    "Check",
    "CheckDeletion",
    "CheckFeedback",
    "CreatedSession",
    "EkycClient",
    "EkycError",
    "EkycSession",
    "ErrorEntry",
    "Image",
    "ImageRefused",
    "IssuedWebhook",
    "KeySet",
    "ModelInfo",
    "MonthOfUsage",
    "NotAuthenticated",
    "NotFound",
    "Options",
    "Problem",
    "RateLimited",
    "RequestRefused",
    "Retries",
    "ServiceFailed",
    "SessionOfBusiness",
    "SessionState",
    "StillPending",
    "Unavailable",
    "Unreachable",
    "UsageLine",
    "Webhook",
    "WebhookDeliveries",
    "WebhookDelivery",
    "WebhookInvalid",
    "sign_webhook",
    "verify_webhook",
]
