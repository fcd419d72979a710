/* A short form of the desk (a reason to give, a box to tick): what was typed is kept in the browser until it has
   arrived, and is there at once when somebody comes back; the server is asked first whether it would take what is
   sent; and who else is at this page, or has saved it, is told. The words come from the server (_kept.html). */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-kept]");
  if (!form) return;
  const status = form.querySelector(".kept-status");
  const company = form.querySelector(".kept-company");
  const fields = Array.from(form.querySelectorAll("textarea[name], input[type=checkbox][name]"));
  const read = () => Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
  const drawn = JSON.stringify(read());
  const store = `crux-kept:${form.dataset.kept}`;
  const DAYS = 14;
  let sending = false;
  let timer = 0;
  const forget = () => { try { localStorage.removeItem(store); } catch { /* not allowed */ } };
  const keep = (more = {}) => {
    try {
      if (JSON.stringify(read()) === drawn && !more.sent) forget();
      else localStorage.setItem(store, JSON.stringify({ time: Date.now(), base: form.dataset.base, typed: read(), ...more }));
    } catch { /* no room, or not allowed: the page itself still holds it */ }
  };
  const make = (tag, attributes, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };

  const bringBack = () => {
    let found = null;
    try { found = JSON.parse(localStorage.getItem(store)); } catch { /* not allowed, or not ours */ }
    if (!found || typeof found.typed !== "object") return;
    // What was sent, and changed the page or the proposal, has arrived.
    const arrived = found.sent && found.base !== form.dataset.base;
    if (arrived || Date.now() - found.time > DAYS * 24 * 3600 * 1000) { forget(); return; }
    if (JSON.stringify(found.typed) === JSON.stringify(read())) return;
    const before = read();
    const put = (values) => {
      for (const field of fields) {
        if (!(field.name in values)) continue;
        if (field.type === "checkbox") field.checked = Boolean(values[field.name]);
        else field.value = String(values[field.name]);
      }
    };
    put(found.typed);
    const when = new Date(found.time).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
    const away = make("button", { type: "button", className: "button" }, status.dataset.away);
    away.addEventListener("click", () => { put(before); forget(); status.replaceChildren(); fields[0].focus(); });
    status.replaceChildren(status.dataset.brought.replace("{when}", when), " ", away);
  };

  const tell = ({ others = [], moved = null }) => {
    const lines = others.map((text) => make("p", {}, text));
    if (moved) lines.unshift(make("p", {}, `${moved.words} `, make("a", { href: moved.url, target: "_blank", rel: "noopener" }, status.dataset.compare)));
    if (lines.map((line) => line.textContent).join("") !== company.textContent) company.replaceChildren(...lines);
  };
  const ping = async () => {
    const answer = await fetch(form.dataset.ping, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.type === "opaqueredirect" || answer.status === 403 ? "signed out" : "failed");
    const news = await answer.json();
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = news.token;
    tell(news);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const pressed = event.submitter;
    try {
      await ping();
    } catch (error) {
      sending = false;
      keep();
      status.replaceChildren(status.dataset.unreachable);
      if (error.message === "signed out") {
        const login = make("a", { href: status.dataset.loginUrl, target: "_blank", rel: "noopener" }, status.dataset.login);
        status.replaceChildren(`${status.dataset.signedOut} `, login);
      }
      return;
    }
    clearTimeout(timer);
    keep({ sent: true });
    const button = pressed && pressed.name ? make("input", { type: "hidden", name: pressed.name, value: pressed.value }) : null;
    if (button) form.append(button);
    form.submit();
    if (button) button.remove(); // or it would be sent again, beside another button, after coming back
  });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 400); });
  addEventListener("pagehide", () => { if (!sending && JSON.stringify(read()) !== drawn) keep(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { sending = false; bringBack(); } });
  if (form.dataset.every) {
    setInterval(() => { if (!sending) ping().catch(() => { /* sending says what is wrong */ }); }, Number(form.dataset.every) * 1000);
  }
  bringBack();
  form.dataset.ready = "1";
});
