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

const textOf = (member) => member.firstElementChild.textContent;
const sizeOf = (member) => (member.className === "shut" ? textOf(member).split("\n").length : 1);
const drawLine = (text) => make("li", {}, make("span", {}, text));

/** Draw the lines of a shut member each by itself. */
function open(member) {
  const drawn = textOf(member).split("\n").map(drawLine);
  drawn[0].value = member.value;
  member.replaceWith(...drawn);
}

/** Open what comes within a screen of what the editor sees. */
function openNear(lines) {
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) open(entry.target);
  }, { rootMargin: "100%" });
  for (const member of lines.querySelectorAll(".shut")) observer.observe(member);
}

/** Return how many lines stand before a member. */
function indexOf(lines, line) {
  let index = 0;
  for (const member of lines.children) {
    if (member === line) return index;
    index += sizeOf(member);
  }
  return index;
}

/** Number those members that follow many lines in one, and those that did. */
function number(lines) {
  let next = 1;
  let isAfterMany = false;
  for (const member of lines.children) {
    const size = sizeOf(member);
    if ((isAfterMany || member.hasAttribute("value")) && member.value !== next) member.value = next;
    next += size;
    isAfterMany = size > 1;
  }
}

/** Number the lines of the page's text, if it is edited as text. */
export function numberLines(form) {
  const area = document.getElementById("id_text");
  const lines = area?.parentElement.querySelector(".lines");
  if (!lines) return; // the page is edited in fields, or has too many lines
  let known = Array.from(lines.children, textOf).flatMap((text) => text.split("\n"));

  /** Return the member of the list that has a line, and how many lines stand before it. */
  const memberAt = (index) => {
    let before = 0;
    for (const member of lines.children) {
      const size = sizeOf(member);
      if (index < before + size) return [member, before];
      before += size;
    }
    return [null, before];
  };

  /** Return the member of a line alone. */
  const lineAt = (index) => {
    let [member] = memberAt(index);
    if (member?.classList.contains("shut")) {
      open(member);
      [member] = memberAt(index);
    }
    return member;
  };

  // Redraw only the lines that changed: a page may have thousands.
  const update = () => {
    const now = area.value.split("\n");
    const [first, last] = sameEnds(known, now);
    const next = lineAt(known.length - last);
    let member = lineAt(first);
    for (let left = known.length - last - first; left > 0;) {
      const following = member.nextElementSibling;
      left -= sizeOf(member);
      member.remove();
      member = following;
    }
    for (const text of now.slice(first, now.length - last)) lines.insertBefore(drawLine(text), next);
    number(lines);
    known = now;
  };

  const message = make("p", { class: "at-line", role: "status" });
  form.querySelector(".bar-status").before(message);
  const showNote = () => { // the note on the line of the cursor
    const index = area.value.slice(0, area.selectionStart).split("\n").length - 1;
    const line = document.activeElement === area && memberAt(index)[0];
    setText(message, (line && line.querySelector(".note")?.textContent) || "");
  };

  const goTo = (line) => {
    const index = indexOf(lines, line);
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
    goTo(document.getElementById(name) || lineAt(Math.min(Number(name.slice(5)), known.length) - 1));
  }, true);

  area.addEventListener("input", () => {
    update();
    showNote();
  });
  document.addEventListener("selectionchange", showNote);
  area.addEventListener("blur", showNote);
  update();
  openNear(lines);
}
