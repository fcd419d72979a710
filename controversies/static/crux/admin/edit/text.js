/* The page as text: the numbers beside it stay true while somebody types, and what is wrong with a line is said when
   the cursor is there. Without this, both are as they were when the page was drawn. */

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

/** Number the lines of the page's text, if it is typed as text. */
export function numberLines(form) {
  const area = document.getElementById("id_text");
  const lines = area?.parentElement.querySelector(".lines");
  if (!lines) return; // the page is typed in fields, or has more lines than anybody counts
  let known = Array.from(lines.children, (line) => line.firstElementChild.textContent);

  // Only the lines that changed are drawn again: a page may have thousands.
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
  const showNote = () => { // what is wrong with the line that the cursor is in
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

  // Lines keep their first names, whatever is typed above them; one that was rewritten has lost its own.
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
