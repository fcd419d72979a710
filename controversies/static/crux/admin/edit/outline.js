/* The outline follows the parts and their order: letters, numbers, names, counts, stances, and the list of links. */

import { make, setText } from "../lib/dom.js";
import { itemName, letter, listItems } from "./names.js";

/** Update the outline. `addStance(stances, point)` makes the cell of a new point. */
export function refreshOutline(page, addStance) {
  const { form } = page;
  const pointList = form.querySelector('[data-list="points"]');
  if (!pointList) return; // the page is edited as text
  const points = listItems(pointList);
  for (const stances of form.querySelectorAll("[data-stances]")) orderStances(page, stances, points, addStance);
  for (const list of form.querySelectorAll("[data-list]")) {
    nameAddButton(page, list);
    listItems(list).forEach((item, index) => labelItem(page, item, index));
  }
  for (const jump of form.querySelectorAll("[data-jump]")) fillJumpList(page, jump);
}

function orderStances(page, stances, points, addStance) {
  const cells = new Map(Array.from(stances.querySelectorAll(":scope > .stance"), (cell) => [cell.dataset.point, cell]));
  for (const [key, cell] of cells) cell.hidden = !points.some((point) => point.dataset.key === key);
  let last = stances.querySelector(":scope > .list-name");
  points.forEach((point, index) => {
    const cell = cells.get(point.dataset.key) || addStance(stances, point);
    if (last.nextElementSibling !== cell) last.after(cell);
    last = cell;
    setText(cell.querySelector("label .number"), String(index + 1));
    setText(cell.querySelector("label .words"), point.dataset.name || page.message("unnamed"));
  });
  stances.hidden = !points.length;
}

// A position has many buttons to add a part: each is named by what it adds to.
function nameAddButton(page, list) {
  const owner = list.parentElement.closest("[data-item]");
  const button = list.nextElementSibling;
  if (!owner || !button?.matches(".add")) return;
  const cell = list.closest(".stance");
  const name = itemName(page, owner);
  const where = cell ? `${name}, ${cell.querySelector("label").textContent.trim()}` : name;
  button.setAttribute("aria-label", `${button.textContent}: ${where}`);
}

function labelItem(page, item, index) {
  const name = itemName(page, item);
  const group = item.querySelector(":scope > fieldset");
  setText(group.querySelector(":scope > legend"), name);
  for (const tool of item.querySelectorAll(":scope > fieldset > .tools > button")) {
    tool.setAttribute("aria-label", page.message(tool.dataset.tool, { name }));
  }
  const block = item.matches(".block") && group.querySelector(":scope > details");
  if (!block) return;
  const isPosition = item.dataset.item === "position";
  setText(block.querySelector("summary > .label"), isPosition ? letter(index) : String(index + 1));
  setText(block.querySelector("summary > .name"), item.dataset.name || page.message("unnamed"));
  if (block.hasAttribute("data-shut")) return;
  const counts = { backers: countVisible(block, "backing"), sources: countVisible(block, "citation") };
  setText(block.querySelector("summary > .counts"), page.message(isPosition ? "counts_position" : "counts_point", counts));
}

function countVisible(block, kind) {
  return Array.from(block.querySelectorAll(`[data-item="${kind}"]`))
    .filter((item) => !item.closest(".removed") && !item.closest(".stance")?.hidden).length;
}

function fillJumpList(page, jump) {
  const list = page.form.querySelector(`[data-list="${jump.dataset.jump}"]`);
  jump.replaceChildren(...listItems(list).map((item) => {
    const label = item.querySelector("summary .label").textContent;
    const link = make("a", { href: `#${item.id}` }, make("span", { class: "label" }, label));
    link.append(` ${(item.dataset.name || page.message("unnamed")).slice(0, 60)}`);
    return make("li", {}, link);
  }));
}
