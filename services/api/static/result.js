// What the business reads of a session with its key; the person at the camera never sees it.
import { el } from "./dom.js";
import { ask, notice, screen, step } from "./stage.js";
import { PICTURE, REASONS, wordsOf } from "./words.js";

const DECISIONS = {
  approve: ["check", "Approved", "Nothing speaks against it."],
  review: ["clock", "For a person to review", "The checks are not certain."],
  reject: ["alert", "Rejected", "A check is certain that something is wrong."],
};
const FIELDS = {
  primary_identifier: "Surname",
  secondary_identifier: "Given names",
  document_number: "Document",
  nationality: "Nationality",
  date_of_birth: "Born",
  date_of_expiry: "Expires",
};

/** Show it; resolves when it shall begin anew. */
export async function result(token) {
  step("end");
  const url = new URL(`v1/sessions/${token.split("_")[2]}`, new URL(".", location));
  const answer = await fetch(url).catch(() => null);
  const verification = answer?.ok ? (await answer.json()).verification : null;
  const again = (button) => [button("Try another", "again")];
  if (!verification?.result) return ask((button) => failed(verification, again(button)));
  return ask((button) => told(verification, again(button)));
}

function failed(verification, actions) {
  const lead = wordsOf(verification?.error?.code, "The result cannot be read now.");
  return screen({ name: "result", mark: "alert", title: "No decision", lead }, [], actions);
}

function told({ id, result: said }, actions) {
  const [mark, title, lead] = DECISIONS[said.decision];
  const reasons = said.reasons.map(({ code, check }) => `${REASONS[code] ?? code} (${check})`);
  const { document_ocr: page, face_match: match, face_liveness: live } = said.checks;
  return screen(
    { name: `result ${said.decision}`, mark, title, lead },
    [
      reasons.length ? notice(reasons, said.decision === "reject" ? "warn" : "info") : null,
      card("Document", page, ofPage),
      card("Same person", match, ofMatch),
      card("Live selfie", live, ofLiveness),
      el("p", { class: "quiet" }, "This is what the business reads with its key. Verification ", el("code", {}, id)),
    ],
    actions,
  );
}

function card(title, part, rows) {
  const lines = part.refusal ? [["Refused", PICTURE[part.refusal.code] ?? part.refusal.detail]] : rows(part.result);
  const pairs = lines.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]);
  return el("section", { class: "card" }, el("h2", {}, title), el("dl", {}, pairs));
}

function ofPage({ mrz, fields }) {
  const zone = mrz ? `${mrz.kind}, ${mrz.valid ? "all check digits hold" : "a check digit does not hold"}` : "none";
  const known = fields ? Object.keys(FIELDS).filter((name) => fields[name]?.value) : [];
  return [["Zone", zone], ...known.map((name) => [FIELDS[name], fields[name].value])];
}

function ofMatch({ score, match, threshold, faces }) {
  const verdict = match ? "yes" : "no";
  const all = Object.values(faces);
  const of = ["Portrait", "Selfie"].map((name, number) => [name, all[number] ? qualityOf(all[number].quality) : "none"]);
  return [["Verdict", `${verdict}: score ${score.toFixed(3)}, same from ${threshold} on`], ...of];
}

function ofLiveness({ score, verdict, quality }) {
  return [["Verdict", `${verdict}: score ${score.toFixed(3)}`], ["Quality", qualityOf(quality)]];
}

function qualityOf({ face_px: height, brightness_level: level, blur_ratio: blur, reasons }) {
  const measured = `face ${height} px, light ${Math.round(level)} of 255, blur ${blur.toFixed(2)}`;
  return reasons.length ? `${measured}: ${reasons.join(", ")}` : `${measured}: good`;
}
