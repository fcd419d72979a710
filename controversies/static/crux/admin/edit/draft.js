/* Drafts: unsaved text is kept in the browser and restored after a reload, a log-in, the back button or a crash. */

import { createStore } from "../lib/browser-store.js";
import { formatTime, make, makeButton } from "../lib/dom.js";

const isDraft = (value) => Array.isArray(value.entries);

/** Return the page's draft: kept while somebody types, and put back into the form. */
export function createDraft(page) {
  const key = `crux-draft:${page.form.dataset.draft}`;
  const store = createStore(key, isDraft);
  // A draft that the server did not accept is moved here, so that the next draft does not replace it.
  const rejectedStore = createStore(`${key}:misfit`, isDraft);
  let timer = 0;

  const keep = (more = {}) => {
    store.write({ time: Date.now(), seen: page.form.dataset.seen, entries: page.entries(), ...more });
  };
  const stop = () => clearTimeout(timer);
  const change = () => {
    page.dirty = true;
    stop();
    timer = setTimeout(keep, 600);
  };
  const isHere = (draft) => JSON.stringify(draft.entries) === JSON.stringify(page.entries());

  const makeDiscard = (from) => {
    const discard = makeButton({}, page.messages.draft_away);
    discard.addEventListener("click", () => {
      from.remove();
      page.reload();
    });
    return discard;
  };

  // Let the server draw the form with the draft, so that new parts, errors and conflicts are shown, too.
  const putBack = async (draft) => {
    const body = new URLSearchParams(draft.entries);
    const { suggestion } = page.form.elements;
    if (suggestion && !body.has("suggestion")) body.set("suggestion", suggestion.value); // the one the page was opened for
    body.set("csrfmiddlewaretoken", page.form.elements.csrfmiddlewaretoken.value);
    body.set("_restore", "1");
    if (draft.sent) body.set("_sent", "1");
    page.form.inert = true;
    try {
      const response = await fetch(location.href, { method: "POST", body, redirect: "manual", cache: "no-store" });
      if (response.status === 204) { // the draft is already saved
        store.remove();
        return;
      }
      if (!response.ok) throw new Error(`status ${response.status}`);
      const drawn = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("content-main");
      const form = drawn?.querySelector("#controversy_form");
      if (!form) throw new Error("no form");
      document.getElementById("content-main").replaceWith(document.adoptNode(drawn));
      page.form = form;
      const notice = document.getElementById("restored");
      notice.replaceChildren(`${page.message("draft_here", { when: formatTime(draft.time) })} `, makeDiscard(store));
    } catch {
      if (rejectedStore.write(draft)) store.remove();
    } finally {
      page.form.inert = false;
    }
  };

  // Show a draft that the server did not accept as text, so that it can be copied.
  const showAsText = (draft) => {
    const here = new Set(page.entries().map(([name, value]) => `${name}\n${value}`));
    const lost = draft.entries.filter(([name, value]) => /\s|.{37}/.test(value) && !here.has(`${name}\n${value}`));
    const list = make("dl", {}, ...lost.flatMap(([name, value]) => [
      make("dt", {}, findLabel(page.form, name)),
      make("dd", { dir: "auto" }, value),
    ]));
    const again = makeButton({}, page.messages.draft_again);
    again.addEventListener("click", () => {
      if (!store.write(rejectedStore.read() || draft)) return;
      rejectedStore.remove();
      page.reload();
    });
    const text = `${page.message("draft", { when: formatTime(draft.time) })} ${page.messages.draft_as_text}`;
    page.form.prepend(make("div", { class: "notice typed-before", id: "typed-before", tabindex: "-1" },
      make("p", { role: "status" }, text), list, again, " ", makeDiscard(rejectedStore)));
  };

  /** Put a draft back into the form, unless the form came back from the server unsaved. */
  const restore = async () => {
    const draft = page.form.hasAttribute("data-unsaved") ? null : store.read();
    if (draft && isHere(draft)) store.remove();
    else if (draft) await putBack(draft);
    const rejected = rejectedStore.read();
    if (rejected) showAsText(rejected);
  };

  /** Keep the draft when the page is left, and look for a newer one when somebody comes back. */
  const watch = () => {
    addEventListener("beforeunload", (event) => {
      if (page.dirty && !page.sending) event.preventDefault();
    });
    addEventListener("pagehide", () => {
      if (page.dirty && !page.sending) keep();
    });
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      page.sending = false;
      const draft = store.read();
      if (draft && (draft.sent || !isHere(draft))) page.reload(); // typed or sent in the meantime
    });
  };

  return { change, keep, restore, stop, watch };
}

/** Return the label of a field, or what its name tells without keys and prefixes. */
export function findLabel(form, name) {
  const label = form.querySelector(`label[for="${CSS.escape(`id_${name}`)}"]`);
  return label ? label.textContent.trim() : name.replace(/[0-9a-f]{8}-[0-9a-f-]{27}-?/g, "").replace(/^\w+:.*\//, "");
}
