/* A source, backer or topic that is new on this page: its fields stand in the first row that refers to it, and travel with
   the form. What registries say of a source is put into fields that are empty, with where it comes from. */

import { make, makeButton } from "../lib/dom.js";
import { fillTemplate, newKey } from "./template.js";

const PAUSE = 700; // milliseconds between two questions to the server
const PATIENCE = 100; // seconds

const fieldOf = (part, name) => part.querySelector(`[name="${part.dataset.newPart}-${name}"]`);
const keyOf = (input) => input.previousElementSibling.value.split(" ")[0];
const isGone = (element) => element.closest(".removed") !== null;
// The place below the box: below all cells of a row, or below the fields beside it.
const anchorOf = (input) => input.closest(".cells, .pair") || input.closest(".field");
const letters = (text) => text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
const say = (part, ...words) => part.querySelector(".lookup-status")?.replaceChildren(...words);

function noteTitle(part, title) {
  const item = part.closest("[data-item]");
  if (item) item.dataset.name = title;
}

// What a person types or chooses is never replaced.
function setUpPart(part) {
  part.addEventListener("input", (event) => {
    event.target.dataset.typed = "1";
    event.target.closest(".field")?.querySelector(".origin")?.remove();
  });
}

async function readAnswer(response) {
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

// Ask again until the answer is there, the time is over or the part is gone.
async function poll(url, part, result, until) {
  if (result.state !== "waiting" || Date.now() > until || !part.isConnected) return result;
  await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  const query = new URLSearchParams({ key: result.key });
  const next = await readAnswer(await fetch(`${url}?${query}`, { redirect: "manual", cache: "no-store" }));
  return poll(url, part, next, until);
}

/** Return functions over the new parts of the page. `choose(input, option)` takes one that is on record instead. */
export function createNewParts(page, draft, config, refresh, choose) {
  let hasSaidOff = false;

  const all = () => Array.from(page.form.querySelectorAll("[data-new-part]"));
  const titleOf = (part) => fieldOf(part, config[part.dataset.kind].title)?.value.trim() || "";
  const inputs = () => Array.from(page.form.querySelectorAll("input[data-reference]"));

  /** Take away the question which one is meant, once that is answered in the box. */
  const removeQuestion = (input) => {
    const below = anchorOf(input).nextElementSibling;
    if (!below?.matches(".new-part")) return;
    below.querySelector(":scope > .which")?.remove();
    if (!below.dataset.newPart || !inputs().some((each) => keyOf(each) === below.dataset.newPart)) below.remove();
  };

  /** Let each new part stand in a row that refers to it and is not removed; one that nothing refers to goes. */
  const settle = () => {
    for (const part of all()) {
      const key = part.dataset.newPart;
      const users = inputs().filter((input) => keyOf(input) === key);
      const first = users.find((input) => !isGone(input));
      if (!users.length && !part.querySelector(":scope > .which") && !part.querySelector('[name$="-use"]')) part.remove();
      else if (first && (isGone(part) || !users.some((input) => anchorOf(input).nextElementSibling === part))) {
        anchorOf(first).after(part);
      }
    }
  };

  /** Return the new parts of the page that a text may mean, as options of the box. */
  const options = (input, text, values) => all()
    .filter((part) => part.dataset.kind === input.dataset.reference && !isGone(part) && part.dataset.newPart !== keyOf(input))
    .filter((part) => {
      const same = ["doi", "url", "isbn"].some((name) => values[name] && values[name] === fieldOf(part, name)?.value.trim());
      return same || (letters(text) && letters(titleOf(part)).includes(letters(text)));
    })
    .map((part) => ({ key: part.dataset.newPart, name: titleOf(part) || text, detail: "", same: true, isHere: true }));

  // Put values into fields that are empty, and say beside each where it comes from.
  const fill = (part, values) => {
    let count = 0;
    for (const [name, { value, origin }] of Object.entries(values)) {
      const field = fieldOf(part, name);
      const isFree = field && !field.dataset.typed && (!field.value.trim() || field.matches("select"));
      if (!isFree || field.value === value) continue;
      field.value = value;
      if (name === config[part.dataset.kind].title) noteTitle(part, value);
      count += 1;
      const label = field.closest(".field")?.querySelector("label");
      if (label && origin) label.append(make("span", { class: "origin" }, ` ${page.message("origin", { origin })}`));
      if (field.closest("details:not([open])")) field.closest("details").open = true;
    }
    if (count) {
      draft.change();
      refresh();
    }
    return count;
  };

  // Offer what is on record as the same work, once the registries have said which work it is.
  const offer = (part, option) => {
    const use = makeButton({ class: "use-recorded" }, page.message("use_recorded", { name: option.name }));
    use.addEventListener("click", () => {
      for (const input of inputs().filter((each) => keyOf(each) === part.dataset.newPart)) choose(input, option);
    });
    say(part, `${page.messages.is_recorded} `, use);
  };

  const lookUp = async (part, text) => {
    const url = config[part.dataset.kind].lookup;
    if (!url) return;
    say(part, page.messages.looking_up);
    const body = new URLSearchParams({ text, csrfmiddlewaretoken: page.form.elements.csrfmiddlewaretoken.value });
    let result = { state: "failed" };
    try {
      const first = await readAnswer(await fetch(url, { method: "POST", body, redirect: "manual" }));
      result = await poll(url, part, first, Date.now() + PATIENCE * 1000);
    } catch { /* nothing is filled in then */ }
    if (!part.isConnected) return;
    const count = fill(part, result.values || {});
    const [recorded] = result.options || [];
    if (recorded) offer(part, recorded);
    else if (result.off && hasSaidOff) say(part);
    else if (count && (!result.failure || result.values.title)) say(part, page.messages.looked_up);
    else say(part, result.failure || page.messages.lookup_failed);
    hasSaidOff ||= Boolean(result.off);
  };

  /** Add the fields of a new part below the box, begun with what follows from the text. Return its key. */
  const add = (input, typed, values, { asked }) => {
    const key = newKey();
    const kind = input.dataset.reference;
    const part = fillTemplate(kind, { __new__: key });
    anchorOf(input).after(part);
    for (const [name, value] of Object.entries(values)) {
      const field = fieldOf(part, name);
      if (field) field.value = value;
    }
    if (asked) part.querySelector("fieldset").append(make("input", { type: "hidden", name: `${key}-asked`, value: "1" }));
    const title = fieldOf(part, config[kind].title);
    const isTitle = Boolean(values[config[kind].title]);
    page.announce(page.message("added", { name: page.messages[`kind_${kind}`] }));
    const next = isTitle ? part.querySelectorAll("input:not([type=hidden]), textarea, select")[1] : title;
    (next || title).focus({ preventScroll: true });
    (next || title).scrollIntoView({ block: "center" });
    setUpPart(part);
    if (config[kind].lookup && !isTitle) lookUp(part, typed);
    return key;
  };

  /** Set up the new parts that the server drew; one that stands elsewhere already is dropped. */
  const setUp = (within) => {
    for (const part of within("[data-new-part]")) {
      const twins = all().filter((each) => each.dataset.newPart === part.dataset.newPart);
      if (twins.length > 1) part.remove();
      else setUpPart(part);
    }
  };

  return { add, options, removeQuestion, settle, setUp };
}
