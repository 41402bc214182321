// The little Markdown that descriptions are written in: paragraphs, lists, **bold**, `code`.
import { el } from "./dom.js";

/** Blocks of a text. */
export function prose(text = "") {
  return text.trim().split(/\n\s*\n/).filter(Boolean).map(block);
}

function block(text) {
  const lines = text.split("\n");
  if (!lines.every((line) => line.startsWith("- "))) return el("p", {}, inline(lines.join(" ")));
  return el("ul", {}, lines.map((line) => el("li", {}, inline(line.slice(2)))));
}

/** Text and elements of a line. */
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}
