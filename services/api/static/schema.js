// JSON Schema as pydantic writes it, as tables that unfold.
import { el } from "./dom.js";
import { inline } from "./prose.js";

const UNIONS = ["anyOf", "oneOf", "allOf"];
const nameOf = (ref) => ref.split("/").at(-1);

/** A schema's type in a few words. */
export function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  for (const union of UNIONS) if (schema[union]) return [...new Set(schema[union].map(typeOf))].join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items ?? {})}[]`;
  if (schema.type === "object" && schema.additionalProperties) return `{ …: ${typeOf(schema.additionalProperties)} }`;
  return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? "any");
}

/** The names of the schemas that a schema leads to, itself not among them. */
function leadsTo(schema) {
  if (schema.$ref) return [nameOf(schema.$ref)];
  const inner = [...UNIONS.flatMap((union) => schema[union] ?? []), schema.items, schema.additionalProperties];
  return inner.filter((one) => one && typeof one === "object").flatMap(leadsTo);
}

/** What unfolds to the fields of everything that a schema leads to. */
export const unfolding = (schema, all) =>
  [...new Set(leadsTo(schema))].filter((name) => all[name]).map((name) => folded(name, all));

/** Filled when it is opened: a schema may lead back to itself. */
function folded(name, all) {
  const whole = all[name];
  const details = el("details", { class: "schema" }, el("summary", {}, name));
  const fill = () => details.append(whole.properties ? fields(whole, all) : el("p", {}, el("code", {}, typeOf(whole))));
  details.addEventListener("toggle", fill, { once: true });
  return details;
}

/** The fields of an object. */
export function fields(schema, all) {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties).map(([name, one]) => row(name, one, required.includes(name), all));
  const about = schema.description ? el("p", { class: "quiet" }, inline(schema.description)) : null;
  return el("div", { class: "fields" }, about, table(rows));
}

export const table = (rows) => el("div", { class: "table", role: "table" }, rows);

/** A field or a parameter; `where`: a header, the path. */
export function row(name, schema, isRequired, all, { about = schema.description, where = "" } = {}) {
  const bounds = boundsOf(schema);
  return el(
    "div",
    { class: "row", role: "row" },
    el("div", { role: "cell" }, el("code", { class: "name" }, name), isRequired ? el("span", { class: "must" }, "required") : null,
      where ? el("span", { class: "where" }, where) : null),
    el(
      "div",
      { role: "cell" },
      el("code", { class: "type" }, typeOf(schema)),
      bounds ? el("span", { class: "quiet" }, inline(bounds)) : null,
      about ? el("p", {}, inline(about)) : null,
      unfolding(schema, all),
    ),
  );
}

function boundsOf(schema) {
  const said = { minimum: "at least", maximum: "at most", pattern: "like", default: "by default" };
  const told = Object.keys(said).filter((key) => schema[key] !== undefined && schema[key] !== null);
  return told.map((key) => `${said[key]} \`${schema[key]}\``).join(", ");
}
