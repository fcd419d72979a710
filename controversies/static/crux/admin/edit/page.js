/* State that the modules of the edit page share. */

import { formatMessage } from "../lib/dom.js";

const BESIDE = new Set(["csrfmiddlewaretoken", "absent", "asked"]); // fields that nobody types

/** Return the page's state: its form as drawn last, its messages, and whether it was changed or is being sent. */
export function createPage(form, messages) {
  return {
    form,
    messages,
    dirty: false,
    sending: false,
    get status() {
      return this.form.querySelector(".bar-status");
    },
    /** Return the message of this name, with its values filled in. */
    message(name, values) {
      return formatMessage(messages[name], values);
    },
    /** Show a message in the bar, where screen readers announce it. */
    announce(text) {
      this.status.replaceChildren(text);
    },
    /** Return the names and values that would be sent, but for what nobody types. */
    entries() {
      return Array.from(new FormData(this.form)).filter(([name]) => !BESIDE.has(name));
    },
    /** Reload the page without the browser’s question about unsaved changes. */
    reload() {
      this.sending = true;
      location.reload();
    },
  };
}
