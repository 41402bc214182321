// Two pages: /session, which a business opens for a person with the session's token in the fragment, and /try,
// where whoever runs the API is both.
import { SessionApi } from "./api.js";
import { complete, Over } from "./flow.js";
import { broken, done, over } from "./screens.js";
import { result } from "./result.js";
import { begin } from "./trial.js";

const TOKEN = /ekyc_session_[0-9a-f]{32}_[0-9a-f]{64}/;
const IS_TRIAL = location.pathname.endsWith("/try");
const PLACE = IS_TRIAL ? "trial" : "session";

/** The token, out of the address bar at once and kept for this tab alone, so that a reload goes on. */
function takeToken() {
  const [given] = location.hash.match(TOKEN) ?? [null];
  const wasGiven = location.hash.length > 1;
  if (wasGiven) history.replaceState(null, "", location.pathname + location.search);
  if (given) sessionStorage.setItem(PLACE, given);
  else if (wasGiven) sessionStorage.removeItem(PLACE);
  return sessionStorage.getItem(PLACE);
}

async function main() {
  let token = takeToken();
  if (IS_TRIAL && !token) {
    token = await begin();
    sessionStorage.setItem(PLACE, token);
  }
  try {
    if (!token) throw new Over("token-unknown");
    await complete(new SessionApi(token));
    await (IS_TRIAL ? result(token) : done());
  } catch (error) {
    if (!(error instanceof Over)) throw error;
    await over(error.code, (button) => (IS_TRIAL ? [button("Start again", "again")] : []));
  }
  sessionStorage.removeItem(PLACE);
  location.reload();
}

// Another link in the same tab changes the fragment alone.
addEventListener("hashchange", () => location.hash && location.reload());
main().catch((error) => broken(error));
