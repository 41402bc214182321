// Every stable code that a person at a camera may meet, in that person's words. A code that is not here is
// newer than this page: it is told by the title of its problem.

/** What to do better with a picture. */
export const PICTURE = {
  "face-too-small": "Come closer: the face is too small to be sure.",
  "face-cut-off": "Keep the whole face inside the frame.",
  "too-dark": "Find more light: the picture is too dark.",
  "too-bright": "Turn away from the glare: the picture is too bright.",
  "low-contrast": "The picture looks flat. Wipe the lens and use more even light.",
  "blurred": "Hold still: the picture is blurred.",
  "face-turned": "Look straight ahead: the head is turned to the side.",
  "face-raised": "Lower your chin a little and look straight ahead.",
  "face-lowered": "Raise your chin a little and look straight ahead.",
  "face-tilted": "Hold your head upright.",
  "liveness-uncertain": "Use even light and a plain background, and face the camera yourself.",
  "liveness-low": "Take the selfie of yourself, not of a photograph or a screen.",
  "no-face": "No face was found. Make sure that it is fully visible and well lit.",
  "multiple-faces": "Several faces were found. Only one may be in the picture.",
  "no-text": "No text was found. Lay the document flat and fill the frame with it.",
  "mrz-invalid": "The lines of letters and < signs could not be read. Avoid glare and include all of them.",
  "image-missing": "The picture is missing. Please take it again.",
  "image-empty": "The file is empty. Please choose another one.",
  "image-too-large": "The file is too large. Please choose a smaller one.",
  "image-too-many-pixels": "The picture is too large. Please choose a smaller one.",
  "image-too-small": "The picture is too small to be read. Please use a larger one.",
  "image-format-unsupported": "This is no picture we can read. Please use a JPEG, PNG or WebP.",
  "image-animated": "Moving pictures do not work here. Please use a photograph.",
  "image-corrupt": "The picture is damaged. Please take it again.",
};

/** What happened to the check, and that it is worth trying again. */
export const TROUBLE = {
  "rate-limited": "That was a little fast. We go on in a moment.",
  "system-busy": "Many people are being checked right now. We go on in a moment.",
  "overloaded": "Many pictures are arriving right now. We go on in a moment.",
  "queue-full": "Many people are being checked right now. We go on in a moment.",
  "quota-exceeded": "The business that sent you cannot take more checks at the moment. Please come back later.",
  "check-expired": "It took too long. Your pictures are kept; please try again.",
  "verification-incomplete": "A part of the check could not be done. Your pictures are kept; please try again.",
  "broker-unavailable": "Our service is away for a moment. Your pictures are kept; please try again.",
  "store-unavailable": "Our service is away for a moment. Please try again.",
  "results-unavailable": "Our service is away for a moment. Please try again.",
  "upload-too-slow": "The upload took too long. Please try again, perhaps with a better connection.",
  "body-malformed": "The upload was interrupted. Please try again.",
  "body-too-large": "The upload was too large. Please take the picture again.",
  "model-failed": "The check failed on our side. Your pictures are kept; please try again.",
  "image-lost": "A picture was lost on our side. Please try again.",
  "seal-broken": "A picture was damaged on our side. Please try again.",
  "seal-key-unknown": "A picture cannot be read on our side at the moment. Please try again later.",
  "internal-error": "Something broke on our side. Please try again.",
};

/** Why this link leads nowhere. */
export const ENDS = {
  "token-unknown": "This link is not valid. It may be incomplete, or replaced by a newer one.",
  "session-not-found": "This check is no longer there. Its data was deleted.",
  "session-expired": "The time for this check is over. Ask for a new link.",
};

/** Answers to programs. A person meets one only when this page, or what opens it, is wrong. */
export const PROGRAM = {
  "session-closed": "The pictures were sent already.",
  "session-incomplete": "A picture is missing.",
  "bad-request": "The request was not understood.",
  "not-multipart": "The request was not understood.",
  "part-unexpected": "The request was not understood.",
  "idempotency-key-malformed": "The request was not understood.",
  "idempotency-key-reused": "The request was not understood.",
  "not-found": "There is nothing at this address.",
  "method-not-allowed": "The request was not understood.",
  "check-not-found": "This check is not there.",
  "key-missing": "A key is needed here.",
  "key-unknown": "The key is not valid.",
  "check-deleted": "This check was deleted.",
  "check-not-done": "This check is not over yet.",
  "truth-unfit": "This says nothing about such a check.",
  "check-is-part": "This check is deleted with its verification.",
  "deletion-not-found": "Nothing was deleted here.",
  "delivery-not-found": "This delivery is not there.",
  "webhook-not-found": "This webhook is not there.",
  "webhook-exists": "This webhook is there already.",
  "webhook-disabled": "This webhook is switched off.",
  "webhook-url-refused": "Nothing may be sent to this address.",
  "webhooks-too-many": "There are too many webhooks.",
};

/** Why a decision is not `approve`: shown where the page is tried out, never to a person at a camera. */
export const REASONS = {
  "document-unreadable": "No text was found on the document",
  "document-expired": "The document has expired",
  "expiry-unknown": "The document names no date of expiry",
  "mrz-missing": "No machine-readable zone was found",
  "mrz-invalid": "A check digit of the machine-readable zone does not hold",
  "document-face-unclear": "Not one clear face on the document",
  "selfie-face-unclear": "Not one clear face on the selfie",
  "faces-differ": "The selfie shows somebody else",
  "faces-uncertain": "Too alike to differ, or too poor a picture to tell",
  "same-picture": "The selfie is a copy of the document's portrait",
  "selfie-poor": "The selfie is too poor to tell whether it is live",
  "liveness-spoof": "The selfie shows a picture of a face",
  "liveness-uncertain": "Neither surely live nor surely a picture",
};

const ALL = { ...PROGRAM, ...TROUBLE, ...ENDS, ...PICTURE };

/** What a code says; `title` is the problem's own, for a code that is newer than this page. */
export const wordsOf = (code, title = "Something is not right with this picture.") => ALL[code] ?? title;
