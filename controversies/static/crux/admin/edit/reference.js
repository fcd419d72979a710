/* The box for a source, backer or topic: a combobox (ARIA 1.2) over what is on record, in which a new one begins, too.

   The hidden input before it has the key that is meant and the name that it was chosen by; any other text is looked up
   by the server. The list lies over the page, so nothing moves when it opens or closes. */

import { make } from "../lib/dom.js";
import { createNewParts } from "./new-part.js";

const WAIT = 150; // milliseconds without a key press before the server is asked
const LEAST = 2; // characters

// The hidden input with the key.
const held = (input) => input.previousElementSibling;

/** Return a function that sets up the boxes in an element, and one that follows removed and restored rows.

    `config` has, by kind, the URL of what is on record, and whether the user may add a new one. */
export function createReferences(page, draft, config, refresh) {
  const newParts = createNewParts(page, draft, config, refresh, (input, option) => choose(input, option));
  let open = null; // the list that is shown: its input, element, options and the active one's place
  let timer = 0;

  const changed = (input) => {
    const item = input.closest("[data-item]");
    if (item) item.dataset.name = input.value.trim();
    held(input).dispatchEvent(new Event("change", { bubbles: true }));
    draft.change();
    refresh();
  };

  function choose(input, option) {
    close();
    newParts.removeQuestion(input);
    input.value = option.name;
    held(input).value = `${option.key} ${option.name}`;
    newParts.settle();
    changed(input);
    page.announce(page.message("chosen", { name: option.name }));
    input.focus();
  }

  const addNew = (input, shown) => {
    const typed = input.value.trim();
    close();
    newParts.removeQuestion(input);
    const key = newParts.add(input, typed, shown.values, { asked: shown.options.length > 0 });
    held(input).value = `${key} ${typed}`;
    newParts.settle();
    changed(input);
  };

  const take = () => {
    const entry = open?.entries[open.active];
    if (!entry) return;
    if (entry.option) choose(open.input, entry.option);
    else addNew(open.input, open.shown);
  };

  function close() {
    clearTimeout(timer);
    if (!open) return;
    open.list.remove();
    open.input.setAttribute("aria-expanded", "false");
    for (const name of ["aria-activedescendant", "aria-controls"]) open.input.removeAttribute(name);
    open = null;
  }

  const activate = (place) => {
    open.active = place;
    open.entries.forEach((entry, index) => entry.element.setAttribute("aria-selected", String(index === place)));
    const active = open.entries[place]?.element;
    if (active) {
      open.input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else {
      open.input.removeAttribute("aria-activedescendant");
    }
  };

  const drawEntry = (input, index, ...words) => {
    const element = make("li", { role: "option", id: `${input.id}-option-${index}`, "aria-selected": "false" }, ...words);
    element.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
    element.addEventListener("click", () => {
      open.active = index;
      take();
    });
    return element;
  };

  // Show what may be meant, the same first, and last what is new.
  const show = (input, shown) => {
    close();
    const { kind, typed } = { kind: input.dataset.reference, typed: input.value.trim() };
    const entries = shown.options.map((option, index) => ({
      option,
      element: drawEntry(input, index,
        make("span", { class: "name" }, option.name),
        make("span", { class: "detail" }, option.detail),
        option.same || option.isHere ? make("span", { class: "use" }, page.messages[option.isHere ? "use_here" : "use_it"]) : ""),
    }));
    if (config[kind].mayAdd) {
      const words = page.message(`new_${kind}`, { text: typed });
      entries.push({ element: drawEntry(input, entries.length, make("span", { class: "name new" }, words)) });
    }
    const list = make("ul", { role: "listbox", id: `${input.id}-options`, "aria-label": page.messages[`options_${kind}`] });
    list.append(...entries.map((entry) => entry.element));
    if (!entries.length) list.append(make("li", { class: "nothing" }, page.messages.no_options));
    input.parentElement.append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    open = { input, list, entries, shown, active: -1 };
    const begins = (name) => name.toLowerCase().startsWith(typed.toLowerCase());
    const first = shown.options[0];
    activate(first && (first.same || begins(first.name)) ? 0 : config[kind].mayAdd ? entries.length - 1 : -1);
    list.scrollIntoView({ block: "nearest" });
    const count = shown.options.length;
    page.announce(count ? page.message("option_count", { count }) : page.messages[config[kind].mayAdd ? "only_new" : "no_options"]);
  };

  // Ask the server; an answer to an older text is dropped.
  const ask = async (input) => {
    const text = input.value.trim();
    if (text.length < LEAST) {
      close();
      return;
    }
    const { matches } = config[input.dataset.reference];
    let shown = { options: [], values: {} };
    try {
      const response = await fetch(`${matches}?${new URLSearchParams({ q: text })}`, { redirect: "manual" });
      if (!response.ok) throw new Error(`status ${response.status}`);
      shown = await response.json();
    } catch {
      shown.values = { [config[input.dataset.reference].title]: text };
    }
    if (input.value.trim() !== text || document.activeElement !== input) return;
    shown.options.unshift(...newParts.options(input, text, shown.values));
    show(input, shown);
    if (input.dataset.hurry) take();
    delete input.dataset.hurry;
  };

  const schedule = (input, wait = WAIT) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(input), wait);
  };

  const onInput = (event) => {
    const input = event.currentTarget;
    const [, ...name] = held(input).value.split(" ");
    if (input.value !== name.join(" ")) held(input).value = "";
    delete input.dataset.hurry;
    newParts.removeQuestion(input);
    newParts.settle();
    if (open?.input === input) close();
    schedule(input, event.inputType === "insertFromPaste" ? 0 : WAIT);
  };

  const onKey = (event) => {
    const input = event.currentTarget;
    const isOpen = open?.input === input;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) schedule(input, 0);
      else {
        const { entries, active } = open;
        activate(entries.length ? (active + (key === "ArrowDown" ? 1 : entries.length - (active < 0 ? 0 : 1))) % entries.length : -1);
      }
    } else if (key === "Enter") {
      event.preventDefault();
      if (isOpen) take();
      else if (!held(input).value && input.value.trim()) {
        input.dataset.hurry = "1"; // taken once the answer is here
        schedule(input, 0);
      }
    } else if (key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    }
  };

  /** Make boxes of the inputs within an element. */
  function setUp(within) {
    newParts.setUp(within);
    for (const input of within("input[data-reference]")) {
      if (input.getAttribute("role")) continue;
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-autocomplete", "list");
      input.setAttribute("aria-expanded", "false");
      input.placeholder = page.messages[`placeholder_${input.dataset.reference}`];
      input.addEventListener("input", onInput);
      input.addEventListener("keydown", onKey);
      input.addEventListener("blur", close);
    }
  }

  return { setUp, settle: newParts.settle };
}
