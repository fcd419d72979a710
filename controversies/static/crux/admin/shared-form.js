/* The form of a backer, source or topic. The messages come from the server, on the element with the class "kept". */

import { guardSubmit } from "./lib/guarded-submit.js";
import { checkServer, showFailure } from "./lib/server-check.js";

/** Guard the form around the status line against losing what was typed. */
export function start(status) {
  const form = status.closest("form");
  const state = { sending: false };
  const read = () => JSON.stringify(Array.from(new FormData(form)).filter(([name]) => name !== "csrfmiddlewaretoken"));
  const drawn = read();
  const problems = form.querySelector(".errornote"); // a form with errors is unsaved, too
  if (problems) {
    problems.tabIndex = -1; // so that it is read out and scrolled to
    problems.focus();
  }

  guardSubmit(form, state, {
    check: () => {
      status.textContent = status.dataset.saving;
      return checkServer(`${location.pathname}?ping=1`);
    },
    onFailure: (error) => showFailure(status, error, status.dataset),
    fallback: "_save",
  });
  addEventListener("beforeunload", (event) => {
    if (!state.sending && (problems || read() !== drawn)) event.preventDefault();
  });
  addEventListener("pageshow", () => { // also after the back button
    state.sending = false;
    status.textContent = "";
  });
}

const status = document.querySelector("form .kept");
if (status) start(status);
