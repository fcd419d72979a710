/* Adding, moving and removing parts of the page.

   Lists are repeated hidden inputs in the order of the page, so the order of the parts is the order in which they are
   sent. A disabled fieldset is not sent. */

import { make, makeButton } from "../lib/dom.js";
import { makeDraggable } from "./drag.js";
import { createMover } from "./move.js";
import { itemName, listItems } from "./names.js";
import { refreshOutline } from "./outline.js";
import { createReferences } from "./reference.js";
import { fillTemplate, newKey } from "./template.js";

/** Return functions to set up parts and to refresh the outline. `openBlock(details)` fetches a shut block.

    `config` is that of the boxes for sources, backers and topics. */
export function createBlocks(page, draft, openBlock, config) {
  const refresh = () => refreshOutline(page, addStance);
  const references = createReferences(page, draft, config, refresh);

  const changed = () => {
    draft.change();
    refresh();
  };

  const mover = createMover(page, openBlock, changed);

  function addStance(stances, point) {
    const cell = fillTemplate("stance", { __key__: `${stances.dataset.stances}-stances-${point.dataset.key}` });
    cell.dataset.point = point.dataset.key;
    stances.append(cell);
    setUp(cell);
    return cell;
  }

  const add = (list) => {
    const { kind } = list.dataset;
    const item = fillTemplate(kind, { __key__: newKey(), __list__: list.dataset.list });
    list.append(item);
    setUp(item);
    changed();
    page.announce(page.message("added", { name: itemName(page, item) }));
    (item.querySelector("input[data-reference]") || item.querySelector("textarea, input:not([type=hidden])")).focus();
  };

  const announceMove = (item) => {
    const items = listItems(item.parentElement);
    const values = { name: itemName(page, item), place: items.indexOf(item) + 1, of: items.length };
    page.announce(page.message("moved", values));
  };

  const move = (item, step, tool) => {
    const items = listItems(item.parentElement);
    const other = items[items.indexOf(item) + step];
    if (!other) {
      page.announce(page.message(step < 0 ? "is_first" : "is_last", { name: itemName(page, item) }));
      return;
    }
    if (step < 0) other.before(item);
    else other.after(item);
    changed();
    tool.focus();
    item.scrollIntoView({ block: "nearest" });
    announceMove(item);
  };

  const remove = (item) => {
    const name = itemName(page, item);
    const group = item.querySelector(":scope > fieldset");
    const undo = makeButton({ class: "undo", "aria-label": page.message("undo_of", { name }) }, page.message("undo"));
    const line = make("p", { class: "removed-line" }, page.message("removed", { name }), " ", undo);
    undo.addEventListener("click", () => {
      line.remove();
      group.disabled = false;
      item.classList.remove("removed");
      references.settle();
      changed();
      page.announce(page.message("restored", { name: itemName(page, item) }));
      group.querySelector(":scope > .tools > [data-tool=remove]").focus();
    });
    group.disabled = true;
    item.classList.add("removed");
    item.append(line);
    references.settle();
    changed();
    page.announce(page.message("removed", { name }));
    undo.focus();
  };

  const addTools = (item) => {
    const group = item.querySelector(":scope > fieldset");
    if (group.querySelector(":scope > .tools")) return;
    const { messages } = page;
    const handle = make("span", { class: "handle", "aria-hidden": "true", title: messages.drag }, "⠿");
    const up = makeButton({ "data-tool": "up", title: messages.title_up }, "↑");
    const down = makeButton({ "data-tool": "down", title: messages.title_down }, "↓");
    const away = makeButton({ "data-tool": "remove", title: messages.title_remove }, "×");
    up.addEventListener("click", () => move(item, -1, up));
    down.addEventListener("click", () => move(item, 1, down));
    away.addEventListener("click", () => remove(item));
    const canMove = ["backing", "citation"].includes(item.dataset.item);
    const onMoved = () => {
      changed();
      announceMove(item);
    };
    makeDraggable(item, handle, onMoved, canMove ? () => mover.startDrag(item) : null);
    const tools = [handle, up, down, ...(canMove ? [mover.makeTool(item)] : []), away];
    group.querySelector(":scope > legend").after(make("div", { class: "tools" }, ...tools));
  };

  const addButton = (list) => {
    if (list.nextElementSibling?.matches(".add")) return;
    const button = makeButton({ class: "add" }, page.message(`add_${list.dataset.kind}`));
    button.addEventListener("click", () => add(list));
    list.after(button);
  };

  /** Add the tools and buttons within an element. */
  function setUp(root) {
    const within = (selector) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    for (const item of within("[data-item]")) addTools(item);
    for (const list of within("[data-list]")) addButton(list);
    for (const details of within("details[data-shut]")) details.addEventListener("toggle", () => openBlock(details));
    references.setUp(within);
  }

  return { refresh, setUp };
}
