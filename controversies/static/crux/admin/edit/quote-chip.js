/* Verdicts on quotations beside their fields: asked for when a quotation or its source changes, and again until the
   worker has looked. Without scripts they are drawn with the page. */

import { makeButton } from "../lib/dom.js";
import { itemName } from "./names.js";

const WAITS = [1, 1, 2, 2, 3, 3, 5, 5, 8, 8, 13, 13, 20]; // seconds between two questions, a minute and a half in all

const KEY_LENGTH = 36; // characters of a UUID

/** Watch the quotations of the form. `pause(seconds)` returns a promise. */
export function watchQuotes(page, draft, pause = wait) {
  const asked = new WeakMap(); // by row, the words and the source that were asked about last

  // The source's field holds its key and the name that it was chosen by, or a text that is looked up later.
  const fields = (row) => {
    const { key } = row.dataset;
    const [quote, held] = ["quote", "source"].map((name) => page.form.elements[`${key}-${name}`]);
    const [source] = held.value.split(" ");
    return { key, quote, source: source.length === KEY_LENGTH ? source : "" };
  };
  const wording = (row) => {
    const { quote, source } = fields(row);
    return JSON.stringify([source, quote.value.trim()]);
  };

  const ask = async (row) => {
    const { key, quote, source } = fields(row);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", page.form.elements.csrfmiddlewaretoken.value);
    for (const [name, value] of [["key", key], ["source", source], ["quote", quote.value]]) data.set(name, value);
    try {
      const response = await fetch(page.form.dataset.quoteUrl, { method: "POST", body: data, redirect: "manual" });
      return response.ok ? await response.text() : "";
    } catch {
      return "";
    }
  };

  const show = (row, html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const chips = holder.content.firstElementChild;
    if (!chips) return null;
    row.querySelector("[data-chips]").replaceWith(chips);
    setUp(chips);
    return chips;
  };

  const announce = (row, chips) => {
    const verdict = chips.querySelector(".chip-verdict");
    if (verdict) page.announce(page.message("quote_verdict", { name: itemName(page, row), verdict: verdict.textContent }));
  };

  /** Ask about a row until there is a verdict, it changes again, or it has taken too long. */
  const follow = async (row, isChanged) => {
    const words = wording(row);
    asked.set(row, words);
    const isCurrent = () => row.isConnected && asked.get(row) === words && wording(row) === words;
    const step = async ([seconds, ...rest]) => {
      if (seconds === undefined) {
        const verdict = row.querySelector("[data-waiting] .chip-verdict");
        if (verdict) verdict.textContent = page.messages.quote_slow;
        return;
      }
      await pause(seconds);
      if (!isCurrent()) return;
      const html = await ask(row);
      if (!isCurrent()) return;
      const chips = html ? show(row, html) : null;
      if (!chips || chips.hasAttribute("data-waiting")) await step(rest);
      else if (isChanged) announce(row, chips);
    };
    await step([0, ...WAITS]);
  };

  const useExact = (row, chip, button) => {
    const { quote } = fields(row);
    const before = quote.value;
    const put = (text) => {
      quote.value = text;
      quote.dispatchEvent(new Event("input", { bubbles: true }));
      draft.change();
      follow(row, true);
    };
    put(chip.dataset.exact);
    const undo = makeButton({ class: "chip-undo" }, page.messages.undo);
    undo.addEventListener("click", () => {
      undo.remove();
      put(before);
      quote.focus();
    });
    row.querySelector(".field-quote").append(undo);
    button.remove();
    undo.focus();
    page.announce(page.messages.quote_used);
  };

  function setUp(root) {
    const chips = root.matches("[data-chips]") ? [root] : [...root.querySelectorAll("[data-chips]")];
    for (const each of chips) {
      const row = each.closest("[data-item=citation]");
      const chip = each.querySelector("[data-exact]");
      if (chip && !chip.querySelector("button")) {
        const button = makeButton({ class: "chip-use" }, page.messages.quote_use);
        button.addEventListener("click", () => useExact(row, chip, button));
        chip.querySelector(".chip-verdict").after(button);
      }
      if (!row || asked.has(row)) continue;
      if (each.hasAttribute("data-waiting")) follow(row, false);
      else asked.set(row, wording(row));
    }
  }

  const changed = (event) => {
    const row = event.target.closest("[data-item=citation]");
    if (!row?.querySelector(":scope > fieldset > [data-chips]") || asked.get(row) === wording(row)) return;
    if (asked.has(row) || fields(row).source) follow(row, true);
  };
  // A source that is chosen from the list changes by script, which no event tells but the field's being left.
  for (const type of ["change", "focusout"]) page.form.addEventListener(type, changed);
  if (page.form.dataset.quoteUrl) setUp(page.form);
  return { setUp };
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
