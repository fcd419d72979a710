/* The form of a backer, source or topic: nothing typed is lost by an expired login, a dead line or a slip.

   Before the form is sent, the server is asked whether it would take it, and for a fresh CSRF token: a log-in in
   another tab changes that too. The words come from the server, on the element with the class "kept". */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const status = document.querySelector(".kept");
  const form = status && status.closest("form");
  if (!form) return;
  const typed = () => JSON.stringify(Array.from(new FormData(form)).filter(([name]) => name !== "csrfmiddlewaretoken"));
  const drawn = typed();
  const faults = form.querySelector(".errornote"); // what came back with faults is not saved either
  let sending = false;
  if (faults) {
    faults.tabIndex = -1; // read out and scrolled to
    faults.focus();
  }

  const ping = async () => {
    const answer = await fetch(`${location.pathname}?ping=1`, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.type === "opaqueredirect" || answer.status === 403 ? "signed out" : "failed");
    form.elements.csrfmiddlewaretoken.value = (await answer.json()).token;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const pressed = event.submitter;
    status.textContent = status.dataset.saving;
    try {
      await ping();
    } catch (error) {
      sending = false;
      status.textContent = status.dataset.unreachable;
      if (error.message === "signed out") {
        const login = Object.assign(document.createElement("a"), {
          href: status.dataset.loginUrl, target: "_blank", rel: "noopener", textContent: status.dataset.login,
        });
        status.replaceChildren(`${status.dataset.signedOut} `, login);
      }
      return;
    }
    const button = Object.assign(document.createElement("input"), {
      type: "hidden", name: pressed ? pressed.name : "_save", value: "1",
    });
    form.append(button);
    form.submit();
  });
  addEventListener("beforeunload", (event) => {
    if (!sending && (faults || typed() !== drawn)) event.preventDefault();
  });
  addEventListener("pageshow", () => { sending = false; status.textContent = ""; }); // back from the page after it
});
