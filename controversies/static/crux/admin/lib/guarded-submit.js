/* Send a form only once the server has said that it would accept it: an expired log-in or a lost connection
   loses no text. */

import { make } from "./dom.js";

/** Guard a form's submission. `state.sending` is true from the first press until it fails or the page is left.

    `check()` asks the server and throws if it must not be sent. `isExempt(button)` lets a button through unguarded,
    `canStart()` stops before the check, `onFailure(error)` and `onSend(button)` follow it. Without a pressed button,
    `fallback` (a name) is sent. */
export function guardSubmit(form, state, { check, isExempt, canStart, onFailure, onSend, fallback }) {
  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    if (isExempt?.(pressed)) return;
    event.preventDefault();
    if (state.sending || canStart?.() === false) return;
    state.sending = true;
    try {
      await check();
    } catch (error) {
      state.sending = false;
      onFailure(error);
      return;
    }
    onSend?.(pressed);
    const name = pressed?.name || fallback;
    const button = name ? make("input", { type: "hidden", name, value: pressed?.value || "1" }) : null;
    if (button) form.append(button);
    form.submit();
    button?.remove(); // or it would be sent again after the back button
  });
}
