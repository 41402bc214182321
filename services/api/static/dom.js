// Builds elements. Text is only ever text: the page never reads markup that it did not bring itself.

/** An element: attributes, `on…` listeners, and children, of which the empty ones are left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** A picture out of a mask, in the colour of the text around it. */
export const icon = (name) => el("span", { class: `icon icon-${name}`, "aria-hidden": "true" });

export const seconds = (s) => new Promise((done) => setTimeout(done, s * 1000));
