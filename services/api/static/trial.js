// The business's half, where the page is tried out: makes the session, as its server would with its key.
import { el } from "./dom.js";
import { ask, notice, screen, step } from "./stage.js";
import { wordsOf } from "./words.js";

const STEPS = [
  "A session is made, as your server would with its key",
  "You take the pictures, as your customer would on a phone",
  "You see what your server would read: the decision and its reasons",
];
const here = (path) => new URL(path, new URL(".", location)).href;

/** The token of a new session. Where callers need a key, says how a session is made, and ends there. */
export async function begin() {
  step(null);
  for (let said = null; ; ) {
    const isOpen = await fetch(here("v1/errors")).then((answer) => answer.status !== 401, () => true);
    if (!isOpen) await withKey();
    await welcome(said);
    const answer = await fetch(here("v1/sessions"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ reference: "trial" }),
    }).catch(() => null);
    if (answer?.ok) return (await answer.json()).token;
    const problem = answer && (await answer.json().catch(() => null));
    said = answer ? wordsOf(problem?.code, problem?.title) : "The service does not answer. Please try again.";
  }
}

function welcome(said) {
  const lead = "You are the business and its customer at once.";
  return ask((button) =>
    screen(
      { name: "welcome", mark: "mark", title: "Try a verification", lead },
      [
        said ? notice([said]) : null,
        el("ol", { class: "tips" }, STEPS.map((one) => el("li", {}, one))),
        links(),
      ],
      [button("Start", "start")],
    ),
  );
}

function withKey() {
  const command = `curl ${here("v1/sessions")} \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"reference": "customer-7"}'`;
  const lead = "Callers need a key here, so that your server makes the session and opens this page with its token:";
  return ask(() =>
    screen({ name: "key", mark: "lock", title: "Start it with your key", lead }, [
      el("pre", { tabindex: "0", "aria-label": "Command" }, el("code", {}, command)),
      el("p", {}, "Then send your customer to"),
      el("pre", { tabindex: "0", "aria-label": "Address" }, el("code", {}, `${here("session")}#TOKEN`)),
      el("p", { class: "quiet" }, "and read the decision with your key at ", el("code", {}, "/v1/sessions/ID"), "."),
      links(),
    ]),
  );
}

const links = () => el("p", { class: "quiet" }, el("a", { href: "docs" }, "The API’s documentation"));
