// Takes one picture: tells how, opens the camera or reads a file, and shows it before it is sent.
import { closeCamera, hasCamera, openCamera, whyNot } from "./camera.js";
import { el } from "./dom.js";
import { doubtsOf, fromFile, fromVideo, liveDoubtsOf } from "./picture.js";
import { ask, notice, screen, step } from "./stage.js";
import { wordsOf } from "./words.js";

const HOW = {
  document: {
    title: "Photograph your document",
    tips: ["Lay the photo page flat", "Fill the frame, all four corners visible", "Avoid glare and shadows"],
    aim: "Fit the page into the frame",
  },
  selfie: {
    title: "Take a selfie",
    tips: ["Face the light, alone in the picture", "Take off hat and sunglasses", "Look straight ahead"],
    aim: "Fit your face into the oval",
  },
};
const LOOK_EVERY_MS = 500;
const KINDS = "image/jpeg,image/png,image/webp";

/** A picture as a canvas, one that the person has seen and wants sent. `notes`: what was wrong with the last
 * one, in words. */
export async function take(slot, notes = [], left = null) {
  step(slot);
  let [told, source] = [notes, null];
  for (;;) {
    source ??= await prepare(slot, told, left);
    const { canvas, note } = source === "camera" ? await shoot(slot) : await read(source);
    if (canvas && (await preview(slot, canvas, source === "camera"))) return canvas;
    // Who takes another one with the camera needs not be told again how.
    if (!canvas || source !== "camera") source = null;
    if (note) told = [note];
  }
}

/** Resolves with "camera", or with the file that was chosen. */
function prepare(slot, notes, left) {
  const { title, tips } = HOW[slot];
  const tries = left === null ? null : `You can try ${left === 1 ? "once more" : `${left} more times`}.`;
  const head = { name: "prepare", mark: slot, title: left === null ? title : `${title} again`, lead: tries };
  return ask((button, answer) => {
    const list = el("ul", { class: "tips" }, tips.map((tip) => el("li", {}, tip)));
    const camera = hasCamera() ? [button("Open camera", "camera")] : [];
    const missing = hasCamera() || notes.length ? [] : [notice([whyNot(null)], "info")];
    return screen(
      head,
      [notes.length ? notice(notes) : null, ...missing, list],
      [...camera, chooser(slot, answer, camera.length ? "calm" : "main")],
    );
  });
}

/** A button that is a file input, so that a keyboard and a reader of screens find one. */
function chooser(slot, answer, look) {
  const picked = (event) => event.target.files.length && answer(event.target.files[0]);
  const input = el("input", { type: "file", accept: KINDS, name: slot, onchange: picked });
  return el("label", { class: `button ${look}` }, input, "Choose a file");
}

async function read(file) {
  try {
    return { canvas: await fromFile(file) };
  } catch {
    return { note: wordsOf("image-format-unsupported") };
  }
}

/** The camera's picture, or why there is none. */
async function shoot(slot) {
  let stream;
  try {
    stream = await openCamera(slot);
  } catch (error) {
    return { note: whyNot(error) };
  }
  try {
    return await aim(slot, stream);
  } finally {
    closeCamera(stream);
  }
}

async function aim(slot, stream) {
  const video = el("video", { playsinline: true, muted: true, autoplay: true, "aria-label": "Camera" });
  video.muted = true; // the attribute alone counts only in markup
  video.srcObject = stream;
  const hint = el("p", { class: "live", role: "status" });
  const looking = setInterval(() => tell(hint, video, slot), LOOK_EVERY_MS);
  const taken = await ask(
    (button) => {
      const shutter = button("Take picture", "taken");
      shutter.disabled = true;
      video.addEventListener("playing", () => (shutter.disabled = false), { once: true });
      const view = el("div", { class: `view ${slot}` }, video, el("div", { class: "guide" }));
      return screen({ name: "camera", title: HOW[slot].aim }, [view, hint], [shutter, button("Back", null, "calm")]);
    },
    // Unplugged, or taken away: `ended`.
    (answer) => stream.getVideoTracks()[0].addEventListener("ended", () => answer("gone"), { once: true }),
  );
  clearInterval(looking);
  if (taken === "gone") return { note: whyNot(null) };
  return taken ? { canvas: fromVideo(video) } : {};
}

/** What would better be mended before the picture is taken. */
function tell(hint, video, slot) {
  if (video.readyState < video.HAVE_CURRENT_DATA) return;
  const [code] = liveDoubtsOf(video, slot);
  const words = code ? wordsOf(code) : "";
  if (hint.textContent !== words) hint.textContent = words; // said once, not twice a second
}

/** Whether the picture shall be sent. */
async function preview(slot, canvas, isOwnCamera) {
  const doubts = doubtsOf(canvas, slot).map((code) => wordsOf(code));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Your ${slot}`);
  const view = el("div", { class: `view preview ${slot} ${isOwnCamera ? "own" : ""}` }, canvas);
  const question = slot === "document" ? "Is everything readable?" : "Is your face clear?";
  const choice = await ask((button) => {
    const choices = [["Use this picture", "use"], ["Take another", "retake"]];
    const ordered = doubts.length ? choices.reverse() : choices;
    const actions = ordered.map(([label, value], number) => button(label, value, number ? "calm" : "main"));
    return screen({ name: "preview", title: question }, [view, doubts.length ? notice(doubts) : null], actions);
  });
  return choice === "use";
}
