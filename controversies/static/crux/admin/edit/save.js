/* Saving, and regular checks with the server. */

import { guardSubmit } from "../lib/guarded-submit.js";
import { createPresence } from "../lib/presence.js";
import { checkServer, showFailure } from "../lib/server-check.js";
import { loginMessages } from "./shut-block.js";

/** Return how many bytes the entries take when they are sent. */
export function weigh(entries) {
  const encoder = new TextEncoder();
  const size = (value) => encoder.encode(value.replaceAll("\n", "\r\n")).length;
  return entries.reduce((sum, [name, value]) => sum + name.length + size(value) + 2, 0);
}

/** Guard saving, check with the server regularly and when the tab becomes visible again. */
export function guardSaving(page, draft) {
  const { form, messages } = page;
  const showNews = createPresence(form.querySelector(".bar-company"), messages.compare);
  const check = async () => showNews(await checkServer(`${location.pathname}?ping=1&base=${form.dataset.seen}`));

  guardSubmit(form, page, {
    isExempt: (button) => button?.name === "_preview", // opens in another tab
    canStart: () => {
      const fits = weigh(page.entries()) <= Number(form.dataset.limit);
      page.announce(fits ? messages.saving : messages.too_much);
      return fits;
    },
    check,
    onFailure: (error) => {
      draft.keep();
      showFailure(page.status, error, loginMessages(messages));
    },
    onSend: (button) => {
      draft.stop();
      if (page.dirty || button?.name !== "_turn") draft.keep({ sent: true });
    },
    fallback: "_save",
  });
  form.addEventListener("keydown", (event) => {
    const isLine = event.target.matches("input:not([type=submit]):not([type=checkbox])");
    if (event.key === "Enter" && isLine) event.preventDefault();
  });
  setInterval(() => {
    if (!page.sending) check().catch(() => { /* saving shows the error */ });
  }, Number(form.dataset.ping) * 1000);
  let away = 0;
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) away = Date.now();
    if (document.hidden || !away || page.sending) return;
    try {
      await check();
      if (page.status.querySelector("a")) page.announce(messages.signed_in);
    } catch { /* saving shows the error */ }
  });
}
