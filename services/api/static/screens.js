// What a person sees outside of taking pictures. Each screen resolves with what was chosen.
import { el, icon } from "./dom.js";
import { ask, notice, screen, show, step } from "./stage.js";
import { ENDS, wordsOf } from "./words.js";

const NEEDS = [
  ["document", "Your passport or identity card", "The page with your photograph"],
  ["selfie", "A selfie", "Taken now, in good light"],
];

export function intro() {
  step(null);
  const needs = NEEDS.map(([mark, title, detail]) =>
    el("li", {}, icon(mark), el("div", {}, el("strong", {}, title), el("span", {}, detail))),
  );
  return ask((button) =>
    screen(
      {
        name: "intro",
        title: "Confirm that it is you",
        lead: "The business you came from asks for two pictures. It takes about a minute.",
      },
      [
        el("ul", { class: "needs" }, needs),
        el(
          "p",
          { class: "consent" },
          "By going on you agree that a computer reads your document and compares your face with its portrait. ",
          "The business gets the result and decides. If you do not agree, close this page: nothing was sent.",
        ),
      ],
      [button("Agree and start", "start")],
    ),
  );
}

/** The bar of an upload; returns what moves it. */
export function sending(slot) {
  const bar = el("progress", { max: "1", value: "0", "aria-label": "Upload" });
  const told = el("p", { class: "told", role: "status" }, "Starting…");
  show(screen({ name: "sending", mark: "upload", title: `Sending your ${slot}` }, [bar, told]));
  return (ratio) => {
    bar.value = ratio;
    told.textContent = ratio < 1 ? `${Math.round(ratio * 100)} %` : "Looking at it…";
  };
}

/** Stays as it is when it is there already, so that nothing is read out twice. */
export function waiting() {
  if (document.querySelector(".screen-waiting")) return;
  step("check");
  const lead = "This takes a few seconds. Please keep this page open.";
  const ring = el("div", { class: "ring", "aria-hidden": "true" });
  show(screen({ name: "waiting", title: "Checking your pictures", lead }, [ring]));
}

/** The last word of the session. It is not the decision, which is told to the business alone. */
export function done(actions = () => []) {
  step("end");
  const lead = "Your pictures have arrived and were checked. Go back to the app or site you came from.";
  return ask((button) => screen({ name: "done", mark: "check", title: "All done", lead }, [], actions(button)));
}

/** The session leads nowhere any more. */
export function over(code, actions = () => []) {
  step(null);
  const title = code === "session-expired" ? "This link has expired" : "This link does not work";
  const head = { name: "over", mark: code === "session-expired" ? "clock" : "alert", title, lead: ENDS[code] };
  const next = "Go back to the app or site you came from and start again there.";
  return ask((button) => screen(head, [el("p", { class: "quiet" }, next)], actions(button)));
}

/** No answer came. Goes on by itself when the connection is back. */
export function offline() {
  const lead = "Your pictures are safe. We go on as soon as the connection is back.";
  const back = (answer) => addEventListener("online", () => answer("again"), { once: true });
  return ask(
    (button) =>
      screen({ name: "offline", mark: "offline", title: "No connection", lead }, [], [button("Try again", "again")]),
    back,
  );
}

/** Something on our side; `after` seconds it goes on by itself, where that is known and soon. */
export function trouble(code, title, after) {
  const wait = (answer) => after && setTimeout(() => answer("again"), after * 1000);
  const lines = [el("p", { class: "quiet" }, after ? `Next try in ${after} s.` : `Code: ${code || "none"}`)];
  const head = { name: "trouble", mark: "alert", title: "One moment", lead: wordsOf(code, title) };
  return ask((button) => screen(head, lines, [button("Try again", "again")]), wait);
}

/** Both pictures are there, the last try failed on our side. */
export function again(code) {
  step("check");
  const head = { name: "again", mark: "alert", title: "That did not work", lead: "Nothing is lost." };
  return ask((button) => screen(head, [notice([wordsOf(code)], "info")], [button("Try again", "again")]));
}

/** A mistake of this page. */
export function broken(error) {
  console.error(error);
  const lead = "Something broke on this page. Load it again: what you sent is kept.";
  show(screen({ name: "broken", mark: "alert", title: "That did not work", lead }, []));
}
