/* Moving a backer or source to another position, point or text: by a menu in its tools, or dragged there.

   A part moves by being named in another list: its hidden input gets that list's name. A shut block is opened first,
   because the fields of a part cannot be sent without those of its block. */

import { make, makeButton } from "../lib/dom.js";
import { itemName, listItems } from "./names.js";

const BLOCKS = '[data-item="point"], [data-item="position"]';
const WAIT = 700; // milliseconds over a shut block until it opens

function backerOf(item) {
  return item.querySelector(`[name="${item.dataset.key}-backer"]`)?.value ?? "";
}

function focusTool(item) {
  item.scrollIntoView({ block: "nearest" });
  item.querySelector(":scope > fieldset > .tools > [data-tool=move]").focus({ preventScroll: true });
}

/** Return functions to move parts. `openBlock(details)` fetches a shut block; `changed()` is called after a move. */
export function createMover(page, openBlock, changed) {
  const nameOf = (list) => {
    const owner = list.parentElement.closest("[data-item]");
    if (!owner) return page.messages.context;
    const block = owner.closest(BLOCKS);
    const names = [itemName(page, block)];
    const cell = list.closest(".stance");
    if (cell) names.push(cell.querySelector("label").textContent.trim().replace(/\s+/g, " "));
    else if (owner !== block) names.push(itemName(page, owner));
    return names.join(" › ");
  };

  // Why an item cannot go to a list; "" if it can.
  const refusal = (item, list, place) => {
    const isThere = item.dataset.item === "backing" && backerOf(item)
      && listItems(list).some((other) => other !== item && backerOf(other) === backerOf(item));
    if (isThere) return page.message("already_there", { place });
    const text = list.closest(".stance")?.querySelector("textarea");
    return text && !text.value.trim() ? page.message("needs_text", { place }) : "";
  };

  // All other lists and shut blocks that the item could go to, in the order of the page.
  const targetsOf = (item) => {
    const kind = item.dataset.item;
    const shut = kind === "backing" ? '[data-item="position"]' : BLOCKS;
    return Array.from(page.form.querySelectorAll(`[data-list][data-kind="${kind}"], details[data-shut]`))
      .filter((element) => element !== item.parentElement && !item.contains(element))
      .filter((element) => !element.closest(".removed") && !element.closest(".stance")?.hidden)
      .filter((element) => !element.matches("details") || element.closest(shut))
      .map((element) => {
        if (element.matches("details")) return { block: element, place: itemName(page, element.closest(BLOCKS)), refusal: "" };
        const place = nameOf(element);
        return { list: element, place, refusal: refusal(item, element, place) };
      });
  };

  // The list of a block itself, which is opened if it is shut; null if that fails.
  const listOf = async (target, kind) => {
    if (target.list) return target.list;
    target.block.open = true;
    await openBlock(target.block);
    const { key } = target.block.closest(BLOCKS).dataset;
    return page.form.querySelector(`[data-list="${key}-${kind === "backing" ? "backings" : "citations"}"]`);
  };

  const put = (item, list, before) => {
    if (before?.parentElement === list) before.before(item);
    else list.append(item);
    const input = Array.from(item.querySelectorAll(":scope > fieldset > input[type=hidden]"))
      .find((each) => each.value === item.dataset.key);
    input.name = list.dataset.list;
    for (let details = list.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
    changed();
  };

  /** Move an item to a target, and leave a line with an undo where it was. */
  const moveTo = async (item, target) => {
    const name = itemName(page, item);
    const list = await listOf(target, item.dataset.item);
    if (!list) return;
    const reason = refusal(item, list, target.place);
    if (reason) {
      page.announce(page.message("not_moved", { name, reason }));
      return;
    }
    const [from, next] = [item.parentElement, item.nextElementSibling];
    put(item, list);
    const undo = makeButton({ class: "undo", "aria-label": page.message("undo_of", { name }) }, page.message("undo"));
    const words = page.message("moved_to", { name, place: target.place });
    for (const earlier of page.form.querySelectorAll(`[data-moved="${item.dataset.key}"]`)) earlier.remove();
    const line = make("p", { class: "removed-line moved-line", "data-moved": item.dataset.key }, words, " ", undo);
    undo.addEventListener("click", () => {
      line.remove();
      put(item, from, next);
      page.announce(page.message("restored", { name: itemName(page, item) }));
      focusTool(item);
    });
    (from.nextElementSibling?.matches(".add") ? from.nextElementSibling : from).after(line);
    page.announce(words);
    focusTool(item);
  };

  const openMenu = (item, tool) => {
    const group = item.querySelector(":scope > fieldset");
    const close = () => {
      group.querySelector(":scope > .move-menu")?.remove();
      tool.setAttribute("aria-expanded", "false");
      tool.focus();
    };
    if (group.querySelector(":scope > .move-menu")) {
      close();
      return;
    }
    const targets = targetsOf(item);
    if (!targets.length) {
      page.announce(page.message("no_place", { name: itemName(page, item) }));
      return;
    }
    const id = `move-${item.dataset.key}`;
    const select = make("select", { id }, ...targets.map((target, index) => {
      const option = make("option", { value: String(index) }, target.refusal || target.place);
      option.disabled = Boolean(target.refusal);
      return option;
    }));
    select.selectedIndex = targets.findIndex((target) => !target.refusal);
    const go = makeButton({ class: "move-go" }, page.messages.move_button);
    go.disabled = select.selectedIndex < 0;
    const cancel = makeButton({}, page.messages.cancel);
    const label = make("label", { for: id }, page.message("move", { name: itemName(page, item) }));
    const menu = make("div", { class: "move-menu" }, label, select, go, cancel);
    cancel.addEventListener("click", close);
    go.addEventListener("click", async () => {
      const target = targets[Number(select.value)];
      close();
      await moveTo(item, target);
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    // It is no field of the page: what happens in it is no change.
    for (const type of ["input", "change"]) menu.addEventListener(type, (event) => event.stopPropagation());
    group.querySelector(":scope > .tools").after(menu);
    tool.setAttribute("aria-expanded", "true");
    select.focus();
    menu.scrollIntoView({ block: "nearest" });
  };

  /** Return the button that opens the menu of an item. */
  const makeTool = (item) => {
    const tool = makeButton({ "data-tool": "move", title: page.messages.title_move, "aria-expanded": "false" }, "⇄");
    tool.addEventListener("click", () => openMenu(item, tool));
    return tool;
  };

  // The list, or the block by its summary, that is under the pointer and is not the item's own; null if there is none.
  const targetAt = (item, x, y) => {
    const kind = item.dataset.item;
    for (const element of document.elementsFromPoint(x, y)) {
      if (item.contains(element) || !page.form.contains(element)) continue;
      for (let box = element.closest(".list"); box; box = box.parentElement.closest(".list")) {
        const list = box.querySelector(`:scope > [data-list][data-kind="${kind}"]`);
        if (list === item.parentElement) return null;
        if (list) return { list, place: nameOf(list), mark: box };
      }
      const block = element.closest("summary")?.closest(BLOCKS);
      if (!block || (kind === "backing" && block.dataset.item !== "position")) continue;
      const details = block.querySelector("details");
      const target = { block: details, place: itemName(page, block), mark: details };
      const own = page.form.querySelector(`[data-list="${block.dataset.key}-${kind === "backing" ? "backings" : "citations"}"]`);
      return own && own === item.parentElement ? null : target;
    }
    return null;
  };

  /** Return what a drag of this item does over other lists: `follow(x, y)` says whether it is over one, `drop()` moves. */
  const startDrag = (item) => {
    let target = null;
    let timer = 0;
    const mark = (next) => {
      if (next?.mark === target?.mark) return;
      clearTimeout(timer);
      target?.mark.classList.remove("drop-here");
      target = next;
      target?.mark.classList.add("drop-here");
      const shut = target?.block && !target.block.open ? target.block : null;
      if (shut) timer = setTimeout(() => { shut.open = true; }, WAIT);
    };
    return {
      follow: (x, y) => {
        mark(targetAt(item, x, y));
        return Boolean(target);
      },
      drop: () => {
        const last = target;
        mark(null);
        if (last) moveTo(item, last);
      },
    };
  };

  return { makeTool, moveTo, startDrag };
}
