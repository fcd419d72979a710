/* The page as text: line numbers follow the text while somebody types, and the note on a faulty line is shown while the
   cursor is in it. */

import { make, setText } from "../lib/dom.js";

/** Return how many lines at the start and at the end of two lists are the same. */
export function sameEnds(before, after) {
  const most = Math.min(before.length, after.length);
  let first = 0;
  while (first < most && before[first] === after[first]) first += 1;
  let last = 0;
  while (last < most - first && before.at(-1 - last) === after.at(-1 - last)) last += 1;
  return [first, last];
}

/** Number the lines of the page's text, if it is edited as text. */
export function numberLines(form) {
  const area = document.getElementById("id_text");
  const lines = area?.parentElement.querySelector(".lines");
  if (!lines) return; // the page is edited in fields, or has too many lines
  let known = Array.from(lines.children, (line) => line.firstElementChild.textContent);

  // Redraw only the lines that changed: a page may have thousands.
  const update = () => {
    const now = area.value.split("\n");
    const [first, last] = sameEnds(known, now);
    const next = lines.children[known.length - last] || null;
    for (const line of Array.from(lines.children).slice(first, known.length - last)) line.remove();
    for (const text of now.slice(first, now.length - last)) lines.insertBefore(make("li", {}, make("span", {}, text)), next);
    known = now;
  };

  const message = make("p", { class: "at-line", role: "status" });
  form.querySelector(".bar-status").before(message);
  const showNote = () => { // the note on the line of the cursor
    const index = area.value.slice(0, area.selectionStart).split("\n").length - 1;
    const line = document.activeElement === area && lines.children[index];
    setText(message, (line && line.querySelector(".note")?.textContent) || "");
  };

  const goTo = (line) => {
    const index = Array.prototype.indexOf.call(lines.children, line);
    const start = known.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, start + known[index].length);
    line.scrollIntoView({ block: "center" });
    showNote();
  };

  // A line keeps its id when lines are added above it; a rewritten line has none.
  form.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#line-"]');
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    const name = link.getAttribute("href").slice(1);
    goTo(document.getElementById(name) || lines.children[Math.min(Number(name.slice(5)), known.length) - 1]);
  }, true);

  area.addEventListener("input", () => {
    update();
    showNote();
  });
  document.addEventListener("selectionchange", showNote);
  area.addEventListener("blur", showNote);
  update();
}
