// The one place that changes what is seen: a screen at a time, each a question with one answer.
import { el, icon } from "./dom.js";

const root = document.getElementById("stage");
const steps = document.getElementById("steps");

/** Show a screen. `button(label, value, look)` makes the buttons of it. Resolves with the value of the first
 * one that is used, once. `also` may answer without a button. */
export function ask(build, also = () => {}) {
  return new Promise((resolve) => {
    let isOpen = true;
    const answer = (value) => {
      if (!isOpen) return; // a timer, or a connection that comes back later
      isOpen = false;
      for (const one of root.querySelectorAll("button")) one.disabled = true;
      resolve(value);
    };
    // The second half of a double click may land on the next screen; it was not meant for it.
    const onclick = (value) => (event) => event.detail > 1 || answer(value);
    const button = (label, value, look = "main") =>
      el("button", { type: "button", class: `button ${look}`, onclick: onclick(value) }, label);
    show(build(button, answer));
    also(answer);
  });
}

/** Show a screen that asks nothing. */
export function show(screen) {
  root.replaceChildren(screen);
  const title = screen.querySelector("h1");
  document.title = `${title.textContent} – Identity check`;
  title.focus({ preventScroll: true }); // so that a reader of screens tells what came
  window.scrollTo(0, 0);
}

/** A screen: what it is about, and at its foot what can be done. */
export function screen({ name, mark, title, lead }, body, actions = []) {
  const head = [mark && el("div", { class: "badge" }, icon(mark)), el("h1", { tabindex: "-1" }, title)];
  return el(
    "section",
    { class: `screen screen-${name}` },
    el("div", { class: "head" }, head, lead && el("p", { class: "lead" }, lead)),
    el("div", { class: "body" }, body),
    actions.length ? el("div", { class: "actions" }, actions) : null,
  );
}

/** What is amiss, said where it is seen and heard. */
export const notice = (lines, look = "warn") =>
  el(
    "div",
    { class: `notice ${look}`, role: look === "warn" ? "alert" : "status" },
    icon(look === "warn" ? "alert" : "info"),
    lines.length > 1 ? el("ul", {}, lines.map((line) => el("li", {}, line))) : el("p", {}, lines[0]),
  );

/** Which of the steps this is: `document`, `selfie`, `check`, or `end` after them; null: none yet. */
export function step(name) {
  const all = [...steps.children];
  const now = all.findIndex((one) => one.dataset.step === name);
  steps.hidden = name === null;
  all.forEach((one, number) => {
    one.className = number < now || name === "end" ? "past" : number === now ? "now" : "";
    if (number === now) one.setAttribute("aria-current", "step");
    else one.removeAttribute("aria-current");
  });
}
