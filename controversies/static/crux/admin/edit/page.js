/* What the modules of the edit page share. */

import { formatMessage } from "../lib/dom.js";

/** Return the page's state: its form as it was drawn last, its messages, and whether it was changed or is being sent. */
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
    /** Say something in the bar, where screen readers hear it. */
    announce(text) {
      this.status.replaceChildren(text);
    },
    /** Return what would be sent, as name and value, without the CSRF token. */
    entries() {
      return Array.from(new FormData(this.form)).filter(([name]) => name !== "csrfmiddlewaretoken");
    },
    /** Load the page again, without being asked whether to leave it. */
    reload() {
      this.sending = true;
      location.reload();
    },
  };
}
