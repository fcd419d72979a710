/* Building elements. Text is always set as text, never as HTML. */

/** Return a new element with attributes and children (elements or text). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return a button that does not submit its form. */
export function makeButton(attributes, text) {
  return make("button", { type: "button", ...attributes }, text);
}

/** Return a link that opens in a tab of its own, so that the form stays. */
export function makeOutsideLink(url, text) {
  return make("a", { href: url, target: "_blank", rel: "noopener" }, text);
}

/** Set an element's text, if it exists and its text differs: screen readers repeat text that is set again. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Return a message with each `{name}` replaced by its value. */
export function formatMessage(message, values = {}) {
  return message.replace(/\{(\w+)\}/g, (_placeholder, name) => values[name]);
}

/** Return a time (milliseconds since 1970) in the page's language. */
export function formatTime(time) {
  return new Date(time).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
}
