/* A short form of the desk: a reason to give, a box to tick. Its text is kept in the browser until it is sent, and
   restored when somebody comes back. The messages come from the server (_kept.html). */

import { createStore } from "./lib/browser-store.js";
import { formatMessage, formatTime, makeButton } from "./lib/dom.js";
import { guardSubmit } from "./lib/guarded-submit.js";
import { createPresence } from "./lib/presence.js";
import { checkServer, showFailure } from "./lib/server-check.js";

/** Return functions that read the fields' values by name, set them, and read them as the server sent them. */
export function createValues(fields) {
  const read = () => Object.fromEntries(
    fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]),
  );
  const write = (values) => {
    for (const field of fields) {
      if (!(field.name in values)) continue;
      if (field.type === "checkbox") field.checked = Boolean(values[field.name]);
      else field.value = String(values[field.name]);
    }
  };
  const readSent = () => Object.fromEntries(
    fields.map((field) => [field.name, field.type === "checkbox" ? field.defaultChecked : field.defaultValue]),
  );
  return { read, write, readSent };
}

/** Keep the form’s text, restore it, and guard its submission. */
export function start(form) {
  const status = form.querySelector(".kept-status");
  const fields = Array.from(form.querySelectorAll("textarea[name], input[type=checkbox][name]"));
  const { read, write, readSent } = createValues(fields);
  const store = createStore(`crux-kept:${form.dataset.kept}`, (value) => typeof value.typed === "object");
  const state = { sending: false };
  const drawn = JSON.stringify(readSent());
  let timer = 0;
  const isChanged = () => JSON.stringify(read()) !== drawn;
  const keep = (more = {}) => {
    if (isChanged() || more.sent) store.write({ time: Date.now(), base: form.dataset.base, typed: read(), ...more });
    else store.remove();
  };

  const restore = () => {
    const draft = store.read();
    if (!draft) return;
    if (draft.sent && draft.base !== form.dataset.base) { // it arrived: the page or proposal has changed since
      store.remove();
      return;
    }
    const before = read();
    if (JSON.stringify(draft.typed) === JSON.stringify(before)) return;
    write(draft.typed);
    const discard = makeButton({ class: "button" }, status.dataset.away);
    discard.addEventListener("click", () => {
      write(before);
      store.remove();
      status.replaceChildren();
      fields[0].focus();
    });
    status.replaceChildren(formatMessage(status.dataset.brought, { when: formatTime(draft.time) }), " ", discard);
  };

  const showNews = createPresence(form.querySelector(".kept-company"), status.dataset.compare);
  const check = async () => showNews(await checkServer(form.dataset.ping));
  guardSubmit(form, state, {
    check,
    onFailure: (error) => {
      keep();
      showFailure(status, error, status.dataset);
    },
    onSend: () => {
      clearTimeout(timer);
      keep({ sent: true });
    },
  });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  });
  addEventListener("pagehide", () => {
    if (!state.sending && isChanged()) keep();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    state.sending = false;
    restore();
  });
  if (form.dataset.every) {
    setInterval(() => {
      if (!state.sending) check().catch(() => { /* sending shows the error */ });
    }, Number(form.dataset.every) * 1000);
  }
  if (isChanged()) keep(); // somebody typed before this script ran: their words come before an older draft
  else restore();
  form.dataset.ready = "1";
}

const form = document.querySelector("form[data-kept]");
if (form) start(form);
