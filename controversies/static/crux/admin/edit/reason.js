/* The server’s suggestion of a reason for the change. */

import { makeButton } from "../lib/dom.js";

/** Offer a reason when the empty field gets the focus after a change. */
export function offerReason(page, draft) {
  const { form } = page;
  const field = form.elements["reason-summary"];
  const withdraw = () => form.querySelector(".suggestion")?.remove();
  let asked = 0;
  field.addEventListener("focus", async () => {
    const hasChanges = page.dirty || form.hasAttribute("data-unsaved");
    if (field.value.trim() || !hasChanges || Date.now() - asked < 1500) return;
    asked = Date.now();
    try {
      const response = await fetch(`${location.pathname}?reason=1`, {
        method: "POST", body: new FormData(form), redirect: "manual",
      });
      const text = response.ok ? (await response.json()).reason : "";
      withdraw();
      if (!text || field.value.trim()) return;
      const use = makeButton({ class: "suggestion" }, page.message("use", { text }));
      use.addEventListener("click", () => {
        field.value = text;
        use.remove();
        draft.change();
        field.focus();
      });
      field.after(use);
    } catch { /* no suggestion then */ }
  });
  field.addEventListener("input", () => {
    if (field.value.trim()) withdraw();
  });
}
