// The session's four requests, by its token. What fails is one of two things: a problem that the API tells of,
// or no answer at all.

const ANSWER_S = 20;
const UPLOAD_S = 90;

/** The API refused: `code` is stable, `retryAfter` in seconds where waiting helps. */
export class Problem extends Error {
  constructor({ code, title, status }, retryAfter) {
    super(title);
    Object.assign(this, { code, title, status, retryAfter });
  }
}

/** Nobody answered, or not in time. */
export class Unreachable extends Error {}

export class SessionApi {
  constructor(token, base = new URL(".", location)) {
    this.token = token;
    this.url = new URL(`v1/sessions/${token.split("_")[2]}`, base).href;
  }

  /** What the phone may know of the session. */
  state() {
    return this.send("GET", "");
  }

  /** Put a picture into a slot; `progress` is told how much is sent, 0 to 1. */
  upload(slot, blob, progress) {
    return this.send("PUT", `/${slot}`, { body: blob, progress, within: UPLOAD_S });
  }

  /** Have the pictures verified. Sent twice it is one verification. */
  submit() {
    return this.send("POST", "/submit");
  }

  /** `fetch` tells nothing of an upload's progress, so that this is the older way. */
  send(method, path, { body = null, progress = null, within = ANSWER_S } = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, this.url + path);
      request.timeout = within * 1000;
      request.setRequestHeader("Authorization", `Bearer ${this.token}`);
      if (progress) request.upload.onprogress = (event) => progress(event.loaded / event.total);
      request.onload = () => settle(request, resolve, reject);
      request.onerror = request.ontimeout = () => reject(new Unreachable());
      request.send(body);
    });
  }
}

function settle(request, resolve, reject) {
  const said = parsed(request.responseText);
  if (request.status >= 200 && request.status < 300 && said) return resolve(said);
  const retryAfter = Number(request.getResponseHeader("Retry-After")) || null;
  // A gateway in between answers in its own way.
  const problem = said?.code ? said : { code: "", title: "The service does not answer now.", status: request.status };
  return reject(new Problem(problem, retryAfter));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
