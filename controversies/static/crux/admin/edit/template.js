/* New elements from the templates of the page. */

/** Return a new element from the page's template of this kind, with its placeholders replaced. */
export function fillTemplate(kind, replacements) {
  let html = document.querySelector(`template[data-new="${kind}"]`).innerHTML;
  for (const [from, to] of Object.entries(replacements)) html = html.replaceAll(from, to);
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}

/** Return a new random UUID. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only where the page is served over https or from this machine
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
