/* Names of the parts of a page, by their kind and place. */

/** Return the letter of a position: A, B, … Z, AA, AB, … */
export function letter(index) {
  let text = "";
  for (let n = index + 1; n; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + ((n - 1) % 26)) + text;
  return text;
}

/** Return the items of a list that are not removed. */
export function listItems(list) {
  return Array.from(list.children).filter((item) => !item.classList.contains("removed"));
}

/** Return an item's name in a sentence, as in “Position B: its claim”. */
export function itemName(page, item) {
  const kind = item.dataset.item;
  const index = listItems(item.parentElement).indexOf(item);
  const label = kind === "position" ? letter(Math.max(index, 0)) : String(index + 1);
  const full = item.dataset.name || "";
  const name = full.length > 60 ? `${full.slice(0, 59)}…` : full;
  return name && kind !== "position" && kind !== "point"
    ? page.message(`${kind}_named`, { name })
    : page.message(kind, { label }) + (name ? `: ${name}` : "");
}

/** Note a changed claim, title, backer or source as its item's name. Return whether the name may have changed. */
export function noteName(field) {
  const item = field.closest("[data-item]");
  if (!item) return false;
  if (field.dataset.reference || /-(claim|title|name)$/.test(field.name)) item.dataset.name = field.value.trim();
  else return false;
  return true;
}
