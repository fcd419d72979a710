/* The page as text: the numbers beside it stay true while somebody types, and what is wrong with a line is said when
   the cursor is there. Without this, both are as they were when the page was drawn. */
"use strict";
document.addEventListener("crux:drawn", (begin) => {
  const form = begin.target;
  const area = document.getElementById("id_text");
  const lines = area && area.parentElement.querySelector(".lines");
  if (!lines) return; // the page is typed in fields, or has more lines than anybody counts
  let known = Array.from(lines.children, (line) => line.firstElementChild.textContent);

  const drawn = (text) => {
    const words = document.createElement("span");
    words.textContent = text;
    const line = document.createElement("li");
    line.append(words);
    return line;
  };

  // Only the lines that changed are drawn again: a page may have thousands.
  const update = () => {
    const now = area.value.split("\n");
    const most = Math.min(known.length, now.length);
    let first = 0;
    while (first < most && known[first] === now[first]) first += 1;
    let last = 0;
    while (last < most - first && known[known.length - 1 - last] === now[now.length - 1 - last]) last += 1;
    const gone = Array.from(lines.children).slice(first, known.length - last);
    const next = lines.children[known.length - last] || null;
    for (const line of gone) line.remove();
    for (const text of now.slice(first, now.length - last)) lines.insertBefore(drawn(text), next);
    known = now;
  };

  // -- what is wrong with the line that the cursor is in --

  const said = document.createElement("p");
  said.className = "at-line";
  said.setAttribute("role", "status");
  form.querySelector(".bar-status").before(said);
  const tell = () => {
    const index = area.value.slice(0, area.selectionStart).split("\n").length - 1;
    const line = document.activeElement === area && lines.children[index];
    const note = line && line.querySelector(".note");
    const text = note ? note.textContent : "";
    if (said.textContent !== text) said.textContent = text;
  };

  const goTo = (line) => {
    const index = Array.prototype.indexOf.call(lines.children, line);
    const start = known.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, start + known[index].length);
    line.scrollIntoView({ block: "center" });
    tell();
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

  area.addEventListener("input", () => { update(); tell(); });
  document.addEventListener("selectionchange", tell);
  area.addEventListener("blur", tell);
  update();
});
