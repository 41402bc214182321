// Leads a person through a session. Where it stands is the server's to say, so that a page that is loaded
// again, or on another device, goes on where the last one was.
import { Problem, Unreachable } from "./api.js";
import { take } from "./capture.js";
import { seconds } from "./dom.js";
import { toJpeg } from "./picture.js";
import * as screens from "./screens.js";
import { ENDS, PICTURE, wordsOf } from "./words.js";

const SLOTS = ["document", "selfie"];
/** Waits up to this many seconds are counted down; longer ones are the person's to end. */
const PATIENT_S = 30;

/** The session leads nowhere: wrong token, expired, deleted. */
export class Over extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Until the session is done. Throws Over. */
export async function complete(api) {
  let state = await insist(() => api.state());
  if (isUntouched(state)) await screens.intro();
  while (state.status !== "done") state = await next(api, state);
}

/** The state after what the session needs now. */
async function next(api, state) {
  if (state.status === "expired") throw new Over("session-expired");
  if (state.status === "processing") return processed(api, state);
  const slot = SLOTS.find((one) => !state.slots[one]);
  if (slot) return fill(api, slot, state);
  if (state.failure) await screens.again(state.failure);
  screens.waiting();
  return insist(() => api.submit(), () => api.state());
}

const isUntouched = ({ status, slots, attempts_left: left, hints }) =>
  status === "open" && left > 0 && !hints.length && !Object.values(slots).includes(true);

async function processed(api, state) {
  screens.waiting();
  await seconds(state.retry_after_s ?? 1);
  return insist(() => api.state());
}

/** Put a picture into a slot, however often it takes. */
async function fill(api, slot, state) {
  const hints = state.hints.filter((hint) => hint.image === slot);
  let notes = hints.map((hint) => wordsOf(hint.code));
  let left = hints.length ? state.attempts_left : null;
  for (;;) {
    const blob = await toJpeg(await take(slot, notes, left));
    try {
      return await insist(() => api.upload(slot, blob, screens.sending(slot)), () => api.state());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      [notes, left] = [[wordsOf(error.code, error.message)], null];
    }
  }
}

/** Do something until it is done: through lost connections and what passes by itself. When the session is
 * not as this page thought, `otherwise` tells how it is.
 * Throws Over, and a Problem with a picture. */
async function insist(attempt, otherwise = attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Unreachable) await screens.offline();
      else if (!(error instanceof Problem)) throw error;
      else if (error.code in ENDS) throw new Over(error.code);
      else if (error.code in PICTURE) throw error;
      else if (error.status === 409) return insist(otherwise);
      else await troubled(error);
    }
  }
}

function troubled({ code, message, retryAfter }) {
  return screens.trouble(code, message, retryAfter <= PATIENT_S ? retryAfter : null);
}
