// The API's documentation, made in the browser from the API's own description.
import { el } from "./dom.js";
import { curlOf, pythonOf } from "./examples.js";
import { inline, prose } from "./prose.js";
import { row, table, typeOf, unfolding } from "./schema.js";

const here = (path) => new URL(path, new URL(".", location));
const base = here("").href.replace(/\/$/, "");
const METHODS = ["get", "post", "put", "patch", "delete"];
const content = document.getElementById("content");

const read = (path) => fetch(here(path)).then((answer) => answer.json());

async function main() {
  const [api, errors] = await Promise.all([read("openapi.json"), read("static/errors.json")]);
  const groups = grouped(api);
  document.title = `${api.info.title} – documentation`;
  content.replaceChildren(
    about(api.info),
    ...[...groups].map(([tag, operations]) => group(tag, operations, api)),
    catalogue(errors),
  );
  document.getElementById("contents").replaceChildren(...contents(api.info, groups));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** The operations by their tags, in the order of the description. */
function grouped(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method, operation }]);
    }
  }
  return groups;
}

const link = (id, ...label) => el("li", {}, el("a", { href: `#${id}` }, ...label));
const verb = (method) => el("span", { class: `verb ${method}` }, method.toUpperCase());

function contents(info, groups) {
  const lists = [...groups].map(([tag, operations]) => [
    el("h2", {}, tag),
    el("ul", {}, operations.map(({ path, method, operation }) =>
      link(operation.operationId, verb(method), el("span", {}, path.replace(/^\/v1/, ""))))),
  ]);
  const brand = el("p", { class: "brand" }, el("span", { class: "icon icon-mark" }), info.title);
  return [brand, el("ul", {}, link("about", "About"), link("errors", "Errors")), ...lists.flat()];
}

function about(info) {
  const files = [el("a", { href: "openapi.json" }, "openapi.json"), " · ", el("a", { href: "try" }, "Try a verification")];
  return el(
    "section",
    { id: "about" },
    el("p", { class: "quiet" }, `Version ${info.version}`),
    el("h1", {}, info.title),
    el("p", { class: "lead" }, info.summary),
    el("p", {}, files),
    prose(info.description),
  );
}

const group = (tag, operations, api) =>
  el("section", { class: "group" }, el("h2", {}, tag), operations.map((one) => article(one, api)));

function article({ path, method, operation }, api) {
  const all = api.components.schemas;
  const parts = [parameters(operation, all), body(operation, all), answers(operation, all)];
  const left = el("div", { class: "told" }, el("div", { class: "prose" }, prose(operation.description)), parts);
  const shown = [example("curl", curlOf(base, path, method, operation, all)), example("Python", pythonOf(base, operation))];
  return el(
    "article",
    { id: operation.operationId },
    el("h3", {}, operation.summary ?? path),
    el("p", { class: "path" }, verb(method), el("code", {}, path), keyOf(operation)),
    el("div", { class: "sides" }, left, el("div", { class: "examples" }, shown)),
  );
}

function keyOf(operation) {
  const schemes = (operation.security ?? []).flatMap(Object.keys);
  const words = { bearer: "key", session: "session token" };
  const needed = Object.keys(words).filter((one) => schemes.includes(one)).map((one) => words[one]);
  return needed.length ? el("span", { class: "key" }, needed.join(" or ")) : null;
}

function parameters(operation, all) {
  const rows = (operation.parameters ?? []).map((one) =>
    row(one.name, one.schema, one.required, all, { about: one.description, where: one.in }));
  return rows.length ? [el("h4", {}, "Parameters"), table(rows)] : [];
}

function body(operation, all) {
  const kinds = Object.entries(operation.requestBody?.content ?? {});
  if (!kinds.length) return [];
  const [[kind, { schema }]] = kinds;
  const rows = schema.properties
    ? Object.entries(schema.properties).map(([name, one]) => row(name, one, schema.required?.includes(name), all))
    : [row("body", schema, operation.requestBody.required, all)];
  return [el("h4", {}, "Body ", el("code", {}, schema.properties ? kind : kinds.map(([one]) => one).join(", "))), table(rows)];
}

function answers(operation, all) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => answerRow(status, answer, all));
  return [el("h4", {}, "Answers"), table(rows)];
}

function answerRow(status, answer, all) {
  const schema = Object.values(answer.content ?? {})[0]?.schema ?? {};
  const headers = Object.keys(answer.headers ?? {});
  const isFine = status < 400;
  return el(
    "div",
    { class: "row", role: "row" },
    el("div", { role: "cell" }, el("code", { class: `status ${isFine ? "fine" : "bad"}` }, status)),
    el(
      "div",
      { role: "cell" },
      isFine ? el("p", {}, answer.description) : codes(answer.description),
      headers.length ? el("p", { class: "quiet" }, "Headers: ", inline(headers.map((one) => `\`${one}\``).join(", "))) : null,
      isFine && Object.keys(schema).length ? [el("code", { class: "type" }, typeOf(schema)), unfolding(schema, all)] : null,
    ),
  );
}

/** `Phrase: code, code` with the codes leading to what is said of them. */
function codes(description) {
  const [phrase, list] = description.split(": ");
  if (!list) return el("p", {}, phrase);
  const links = list.split(", ").map((code) => el("a", { class: "code", href: `#error-${code}` }, code));
  return el("p", { class: "codes" }, el("span", { class: "quiet" }, phrase), links);
}

function catalogue(errors) {
  const head = el("tr", {}, ["Code", "Status", "Meaning", "Charged for", "Try again"].map((one) => el("th", { scope: "col" }, one)));
  const rows = errors.map(({ code, status, title, billable, retryable }) =>
    el("tr", { id: `error-${code}` },
      el("td", {}, el("code", {}, code)), el("td", {}, status), el("td", {}, title),
      el("td", {}, billable ? "yes" : "no"), el("td", {}, retryable ? "after Retry-After" : "no")));
  const lead = "Every error is a problem document (RFC 9457): branch on its code.";
  const shown = el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Errors" },
    el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
  return el("section", { id: "errors", class: "group" }, el("h2", {}, "Errors"), el("p", {}, lead), shown);
}

function example(label, text) {
  if (!text) return null;
  const copy = el("button", { type: "button", class: "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(text);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return el("figure", {}, el("figcaption", {}, label, copy),
    el("pre", { tabindex: "0", "aria-label": `${label} example` }, el("code", {}, text)));
}

main().catch(() => content.replaceChildren(el("p", { role: "alert" }, "The description cannot be read now. Load the page again.")));
