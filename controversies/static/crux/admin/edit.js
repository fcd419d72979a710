/* The edit page of a controversy: parts added, moved and removed; nothing typed is lost.

   Lists are repeated hidden inputs in the order of the page, so a part that moves in the document moves in what is
   sent, and a disabled fieldset is not sent. What was typed and not saved is kept in the browser, and is there at once
   after a reload, a log-in, the back button or a crash. The words come from the server (json_script "crux-words"). */
"use strict";
document.addEventListener("DOMContentLoaded", async () => {
  let form = document.getElementById("controversy_form"); // as it was typed last, once that is brought back
  if (!form) return;
  const $ = django.jQuery;
  const words = JSON.parse(document.getElementById("crux-words").textContent);
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => values[key]);
  let status = form.querySelector(".bar-status");
  const announce = (text) => { status.replaceChildren(text); };
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const button = (attributes, text) => make("button", { type: "button", ...attributes }, text);
  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID(); // only where the page is served over https or from this machine
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // -- nothing typed is lost --

  let dirty = false;
  let sending = false;
  let timer = 0;
  const draft = `crux-draft:${form.dataset.draft}`;
  const DAYS = 14;
  const entries = () => Array.from(new FormData(form)).filter(([name]) => name !== "csrfmiddlewaretoken");
  const keep = (more = {}) => {
    try {
      localStorage.setItem(draft, JSON.stringify({ time: Date.now(), seen: form.dataset.seen, entries: entries(), ...more }));
    } catch { /* no room, or not allowed: the page itself still holds it all */ }
  };
  const forget = (name = draft) => { try { localStorage.removeItem(name); } catch { /* not allowed */ } };
  const changed = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, 600);
  };
  const stored = (name = draft) => {
    try {
      const found = JSON.parse(localStorage.getItem(name));
      if (!found || !Array.isArray(found.entries)) return null;
      if (Date.now() - found.time <= DAYS * 24 * 3600 * 1000) return found;
      forget(name);
    } catch { /* not allowed, or not ours */ }
    return null;
  };
  const isHere = (found) => JSON.stringify(found.entries) === JSON.stringify(entries());
  const reload = () => { sending = true; location.reload(); };
  const dropping = (name = draft) => {
    const away = button({}, words.draft_away);
    away.addEventListener("click", () => { forget(name); reload(); });
    return away;
  };
  const whenOf = (found) => new Date(found.time).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
  addEventListener("beforeunload", (event) => {
    if (dirty && !sending) event.preventDefault();
  });
  addEventListener("pagehide", () => { if (dirty && !sending) keep(); });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sending = false;
    const found = stored();
    if (found && (found.sent || !isHere(found))) reload(); // more was typed, or it has been sent, since this page was left
  });

  // Draw the form with what was typed the last time and not saved, before anything else is done with it: the server
  // draws it, so new parts, faults and conflicts are there, too. A reload begins here again, and so does coming back.
  const bringBack = async (found) => {
    const body = new URLSearchParams(found.entries);
    for (const name of ["suggestion"]) { // what the page was opened for stays beside it
      if (!body.has(name) && form.elements[name]) body.set(name, form.elements[name].value);
    }
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("_restore", "1");
    if (found.sent) body.set("_sent", "1");
    form.inert = true;
    try {
      const answer = await fetch(location.href, { method: "POST", body, redirect: "manual", cache: "no-store" });
      if (answer.status === 204) { forget(); return; } // all of it is on record
      if (!answer.ok) throw new Error(String(answer.status));
      const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("content-main");
      const again = drawn && drawn.querySelector("#controversy_form");
      if (!again) throw new Error("no form");
      document.getElementById("content-main").replaceWith(document.adoptNode(drawn));
      form = again;
      status = form.querySelector(".bar-status");
      form.dispatchEvent(new CustomEvent("formset:added", { bubbles: true })); // for Django's own autocompletion
      const notice = document.getElementById("restored");
      notice.replaceChildren(`${say("draft_here", { when: whenOf(found) })} `, dropping());
    } catch {
      try {
        localStorage.setItem(misfit, JSON.stringify(found)); // out of the way of what is typed next
        forget();
      } catch { /* no room: it stays where it is */ }
    } finally {
      form.inert = false;
    }
  };

  // The server did not take it: then at least nothing of it is out of sight.
  const misfit = `${draft}:misfit`;
  const labelOf = (name) => {
    const label = form.querySelector(`label[for="${CSS.escape(`id_${name}`)}"]`);
    return label ? label.textContent.trim() : name.replace(/[0-9a-f]{8}-[0-9a-f-]{27}-?/g, "").replace(/^\w+:.*\//, "");
  };
  const showAsText = (found) => {
    const now = new Set(entries().map(([name, value]) => `${name}\n${value}`));
    const lines = found.entries.filter(([name, value]) => /\s|.{37}/.test(value) && !now.has(`${name}\n${value}`));
    const list = make("dl", {}, ...lines.flatMap(([name, value]) => [
      make("dt", {}, labelOf(name)),
      make("dd", { dir: "auto" }, value),
    ]));
    const again = button({}, words.draft_again);
    again.addEventListener("click", () => {
      try { localStorage.setItem(draft, localStorage.getItem(misfit)); } catch { return; }
      forget(misfit);
      reload();
    });
    form.prepend(make("div", { class: "notice typed-before", id: "typed-before", tabindex: "-1" },
      make("p", { role: "status" }, `${say("draft", { when: whenOf(found) })} ${words.draft_as_text}`), list, again, " ", dropping(misfit)));
  };

  const found = form.hasAttribute("data-unsaved") ? null : stored();
  if (found && isHere(found)) forget();
  else if (found) await bringBack(found);
  if (stored(misfit)) showAsText(stored(misfit));

  const letter = (index) => {
    let text = "";
    for (let n = index + 1; n; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + ((n - 1) % 26)) + text;
    return text;
  };
  const items = (list) => Array.from(list.children).filter((item) => !item.classList.contains("removed"));
  const listOf = (name) => form.querySelector(`[data-list="${name}"]`);

  // -- what things are called --

  const nameOf = (item) => {
    const kind = item.dataset.item;
    const index = items(item.parentElement).indexOf(item);
    const label = kind === "position" ? letter(Math.max(index, 0)) : String(index + 1);
    const full = item.dataset.name || "";
    const name = full.length > 60 ? `${full.slice(0, 59)}…` : full;
    return name && kind !== "position" && kind !== "point"
      ? say(`${kind}_named`, { name })
      : say(kind, { label }) + (name ? `: ${name}` : "");
  };

  const setText = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  const refresh = () => {
    if (!listOf("points")) return; // the page is typed as text
    const points = items(listOf("points"));
    for (const stances of form.querySelectorAll("[data-stances]")) {
      const cells = new Map(Array.from(stances.querySelectorAll(":scope > .stance"), (cell) => [cell.dataset.point, cell]));
      for (const [key, cell] of cells) cell.hidden = !points.some((point) => point.dataset.key === key);
      let last = stances.querySelector(":scope > .list-name");
      points.forEach((point, index) => {
        const cell = cells.get(point.dataset.key) || addCell(stances, point);
        if (last.nextElementSibling !== cell) last.after(cell);
        last = cell;
        setText(cell.querySelector("label .number"), String(index + 1));
        setText(cell.querySelector("label .words"), point.dataset.name || say("unnamed"));
      });
      stances.hidden = !points.length;
    }
    for (const list of form.querySelectorAll("[data-list]")) {
      const owner = list.parentElement.closest("[data-item]");
      const more = list.nextElementSibling;
      if (owner && more && more.matches(".add")) {
        // A position has many of these buttons: each says what it adds to.
        const cell = list.closest(".stance");
        const where = cell ? `${nameOf(owner)}, ${cell.querySelector("label").textContent.trim()}` : nameOf(owner);
        more.setAttribute("aria-label", `${more.textContent}: ${where}`);
      }
      items(list).forEach((item, index) => {
        const name = nameOf(item);
        const group = item.querySelector(":scope > fieldset");
        setText(group.querySelector(":scope > legend"), name);
        for (const tool of item.querySelectorAll(":scope > fieldset > .tools > button")) {
          tool.setAttribute("aria-label", say(tool.dataset.tool, { name }));
        }
        const block = item.matches(".block") && group.querySelector(":scope > details");
        if (!block) return;
        setText(block.querySelector("summary > .label"), item.dataset.item === "position" ? letter(index) : String(index + 1));
        setText(block.querySelector("summary > .name"), item.dataset.name || say("unnamed"));
        if (block.hasAttribute("data-shut")) return;
        const count = (kind) => Array.from(block.querySelectorAll(`[data-item="${kind}"]`)).filter((each) => {
          const cell = each.closest(".stance");
          return !each.closest(".removed") && !(cell && cell.hidden);
        }).length;
        const counts = item.dataset.item === "position" ? "counts_position" : "counts_point";
        setText(block.querySelector("summary > .counts"), say(counts, { backers: count("backing"), sources: count("citation") }));
      });
    }
    for (const jump of form.querySelectorAll("[data-jump]")) {
      const links = items(listOf(jump.dataset.jump)).map((item) => {
        const block = item.querySelector("summary");
        const link = make("a", { href: `#${item.id}` }, make("span", { class: "label" }, block.querySelector(".label").textContent));
        link.append(` ${(item.dataset.name || say("unnamed")).slice(0, 60)}`);
        return make("li", {}, link);
      });
      jump.replaceChildren(...links);
    }
  };

  // -- parts: their tools, adding, moving, removing --

  const fill = (kind, replacements) => {
    let html = document.querySelector(`template[data-new="${kind}"]`).innerHTML;
    for (const [from, to] of Object.entries(replacements)) html = html.replaceAll(from, to);
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };

  const addCell = (stances, point) => {
    const cell = fill("stance", { __key__: `${stances.dataset.stances}-stances-${point.dataset.key}` });
    cell.dataset.point = point.dataset.key;
    stances.append(cell);
    setUp(cell);
    return cell;
  };

  const add = (list) => {
    const kind = list.dataset.kind;
    const item = fill(kind, { __key__: newKey(), __list__: list.dataset.list });
    list.append(item);
    item.dispatchEvent(new CustomEvent("formset:added", { bubbles: true }));
    setUp(item);
    changed();
    refresh();
    announce(say("added", { name: nameOf(item) }));
    const first = item.querySelector("textarea, input:not([type=hidden]), .select2-selection");
    (kind === "backing" || kind === "citation" ? item.querySelector(".select2-selection") || first : first).focus();
  };

  const move = (item, step, tool) => {
    const all = items(item.parentElement);
    const other = all[all.indexOf(item) + step];
    if (!other) {
      announce(say(step < 0 ? "is_first" : "is_last", { name: nameOf(item) }));
      return;
    }
    if (step < 0) other.before(item);
    else other.after(item);
    changed();
    refresh();
    tool.focus();
    item.scrollIntoView({ block: "nearest" });
    announce(say("moved", { name: nameOf(item), place: all.indexOf(other) + 1, of: all.length }));
  };

  const remove = (item) => {
    const name = nameOf(item);
    const group = item.querySelector(":scope > fieldset");
    const undo = button({ class: "undo" }, say("undo"));
    undo.setAttribute("aria-label", say("undo_of", { name }));
    const line = make("p", { class: "removed-line" }, say("removed", { name }), " ", undo);
    undo.addEventListener("click", () => {
      line.remove();
      group.disabled = false;
      item.classList.remove("removed");
      changed();
      refresh();
      announce(say("restored", { name: nameOf(item) }));
      group.querySelector(":scope > .tools > [data-tool=remove]").focus();
    });
    group.disabled = true;
    item.classList.add("removed");
    item.append(line);
    changed();
    refresh();
    announce(say("removed", { name }));
    undo.focus();
  };

  const drag = (item, handle) => {
    handle.addEventListener("pointerdown", (down) => {
      if (down.button) return;
      down.preventDefault();
      handle.setPointerCapture(down.pointerId);
      item.classList.add("dragged");
      const list = item.parentElement;
      const before = items(list).indexOf(item);
      // The others make room: an element that is itself taken out and put in elsewhere loses the pointer.
      const follow = (event) => {
        const all = items(list);
        const here = all.indexOf(item);
        const middle = (other) => { const box = other.getBoundingClientRect(); return box.top + box.height / 2; };
        const first = all.slice(0, here).findIndex((other) => event.clientY < middle(other));
        if (first >= 0) item.after(...all.slice(first, here));
        else item.before(...all.slice(here + 1).filter((other) => event.clientY > middle(other)));
        const edge = 60;
        if (event.clientY < edge) scrollBy(0, -12);
        else if (event.clientY > innerHeight - 2 * edge) scrollBy(0, 12);
      };
      const end = () => {
        handle.removeEventListener("pointermove", follow);
        item.classList.remove("dragged");
        const all = items(list);
        if (all.indexOf(item) === before) return;
        changed();
        refresh();
        announce(say("moved", { name: nameOf(item), place: all.indexOf(item) + 1, of: all.length }));
      };
      handle.addEventListener("pointermove", follow);
      handle.addEventListener("lostpointercapture", end, { once: true });
    });
  };

  const setUp = (root) => {
    const within = (selector) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    for (const item of within("[data-item]")) {
      const group = item.querySelector(":scope > fieldset");
      if (group.querySelector(":scope > .tools")) continue;
      const handle = make("span", { class: "handle", "aria-hidden": "true", title: words.drag }, "⠿");
      const up = button({ "data-tool": "up", title: words.title_up }, "↑");
      const down = button({ "data-tool": "down", title: words.title_down }, "↓");
      const away = button({ "data-tool": "remove", title: words.title_remove }, "×");
      up.addEventListener("click", () => move(item, -1, up));
      down.addEventListener("click", () => move(item, 1, down));
      away.addEventListener("click", () => remove(item));
      drag(item, handle);
      group.querySelector(":scope > legend").after(make("div", { class: "tools" }, handle, up, down, away));
    }
    for (const list of within("[data-list]")) {
      const next = list.nextElementSibling;
      if (next && next.matches(".add")) continue;
      const more = button({ class: "add" }, say(`add_${list.dataset.kind}`));
      more.addEventListener("click", () => add(list));
      list.after(more);
    }
    for (const shut of within("details[data-shut]")) shut.addEventListener("toggle", () => fetchBlock(shut));
    for (const select of within("select.admin-autocomplete")) nameSelect(select);
  };

  // Select2's box is named by what is chosen; a reader of the screen must hear for what.
  const nameSelect = (select) => {
    const box = select.nextElementSibling && select.nextElementSibling.querySelector(".select2-selection");
    const label = form.querySelector(`label[for="${select.id}"]`);
    if (!box || !label || box.dataset.named) return;
    label.id = `${select.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} ${box.getAttribute("aria-labelledby") || ""}`.trim());
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
    }
    box.dataset.named = "1";
    const shown = box.querySelector(".select2-selection__rendered");
    for (const name of ["role", "aria-readonly"]) shown.removeAttribute(name); // it is part of the box, no field of its own
    label.addEventListener("click", () => box.focus());
  };

  // …and its list of choices is a dialogue with a field to search in, which the library does not say.
  $(form).on("select2:open", "select.admin-autocomplete", (event) => {
    const box = event.target.nextElementSibling.querySelector(".select2-selection");
    const label = form.querySelector(`label[for="${event.target.id}"]`);
    const list = document.getElementById(box.getAttribute("aria-owns"));
    const open = list && list.closest(".select2-container");
    if (!open || !label) return;
    box.setAttribute("aria-controls", list.id);
    open.setAttribute("role", "dialog");
    open.setAttribute("aria-label", label.textContent);
    const search = open.querySelector(".select2-search__field");
    search.setAttribute("aria-label", label.textContent);
    search.setAttribute("role", "combobox");
    search.setAttribute("aria-expanded", "true");
  });

  const fetchBlock = async (block) => {
    if (!block.open || !block.hasAttribute("data-shut") || block.dataset.fetching) return block.fetching;
    block.dataset.fetching = "1";
    const body = block.querySelector(".body");
    const load = async () => {
      const key = block.closest("[data-item]").dataset.key;
      const answer = await fetch(`${location.pathname}?block=${key}&shown=${form.elements.shown.value}`, { redirect: "manual" });
      if (!answer.ok) throw new Error(answer.type === "opaqueredirect" ? "signed out" : answer.status === 410 ? "gone" : "failed");
      const html = await answer.text();
      body.innerHTML = html;
      block.removeAttribute("data-shut");
      body.dispatchEvent(new CustomEvent("formset:added", { bubbles: true }));
      setUp(body);
      refresh();
    };
    try {
      block.fetching = load();
      await block.fetching;
    } catch (error) {
      block.open = false;
      if (error.message === "signed out") signedOut();
      else announce(error.message === "gone" ? words.gone_block : words.no_block);
    } finally {
      delete block.dataset.fetching;
    }
    return null;
  };

  // Open whatever hides a part, and put the focus there.
  const reveal = async (target) => {
    for (let up = target; up && up !== form; up = up.parentElement) {
      if (up.matches("details") && !up.open) up.open = true;
    }
    const own = target.matches(".block") && target.querySelector("details");
    if (own) {
      own.open = true;
      if (own.hasAttribute("data-shut")) await fetchBlock(own);
    }
    const box = target.matches("select.admin-autocomplete") && target.nextElementSibling;
    const place = box ? box.querySelector(".select2-selection") : own ? own.querySelector("summary") : target;
    if (!place.matches("a, input, select, textarea, button, summary, [tabindex]")) place.tabIndex = -1;
    place.scrollIntoView({ block: own || target.matches(".part") ? "start" : "center" });
    place.focus({ preventScroll: true });
  };

  form.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    reveal(target);
  });

  // -- saving --

  const company = form.querySelector(".bar-company");
  let known = company.textContent;
  // Who else is here, and who has saved meanwhile; said again only when it is something else.
  const tell = ({ others = [], moved = null }) => {
    const lines = others.map((text) => make("p", {}, text));
    if (moved) {
      const link = make("a", { href: moved.url, target: "_blank", rel: "noopener" }, words.compare);
      lines.unshift(make("p", { class: "moved" }, `${moved.words} `, link));
    }
    const text = lines.map((line) => line.textContent).join("");
    if (text === known) return;
    known = text;
    company.replaceChildren(...lines);
  };

  const ping = async () => {
    const answer = await fetch(`${location.pathname}?ping=1&base=${form.dataset.seen}`, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.type === "opaqueredirect" || answer.status === 403 ? "signed out" : "failed");
    const news = await answer.json();
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = news.token;
    tell(news);
  };
  const weight = () => {
    const encoder = new TextEncoder();
    return entries().reduce((sum, [name, value]) => sum + name.length + encoder.encode(value.replaceAll("\n", "\r\n")).length + 2, 0);
  };
  const signedOut = () => {
    const login = make("a", { href: words.login_url, target: "_blank", rel: "noopener" }, words.login);
    status.replaceChildren(`${words.signed_out} `, login);
  };

  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    if (pressed && pressed.name === "_preview") return; // in a tab of its own: this page stays
    event.preventDefault();
    if (sending) return;
    if (weight() > Number(form.dataset.limit)) { announce(words.too_much); return; }
    sending = true;
    announce(words.saving);
    try {
      await ping();
    } catch (error) {
      sending = false;
      keep();
      if (error.message === "signed out") signedOut();
      else announce(words.unreachable);
      return;
    }
    clearTimeout(timer);
    if (dirty || !pressed || pressed.name !== "_turn") keep({ sent: true });
    const button = make("input", { type: "hidden", name: pressed ? pressed.name : "_save", value: "1" });
    form.append(button);
    form.submit();
    button.remove(); // or it would be sent again, beside another one, after coming back
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=submit]):not([type=checkbox])")) event.preventDefault();
  });
  setInterval(() => { if (!sending) ping().catch(() => { /* the next one may come through; saving says what is wrong */ }); }, Number(form.dataset.ping) * 1000);
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) away = Date.now();
    else if (away && !sending) ping().then(() => { if (status.querySelector("a")) announce(words.signed_in); }, () => {});
  });

  // -- a reason, ready-made --

  const reason = form.elements["reason-summary"];
  let asked = 0;
  reason.addEventListener("focus", async () => {
    if (reason.value.trim() || !(dirty || form.hasAttribute("data-unsaved")) || Date.now() - asked < 1500) return;
    asked = Date.now();
    try {
      const answer = await fetch(`${location.pathname}?reason=1`, { method: "POST", body: new FormData(form), redirect: "manual" });
      const text = answer.ok ? (await answer.json()).reason : "";
      const old = form.querySelector(".suggestion");
      if (old) old.remove();
      if (!text || reason.value.trim()) return;
      const use = button({ class: "suggestion" }, say("use", { text }));
      use.addEventListener("click", () => { reason.value = text; use.remove(); changed(); reason.focus(); });
      reason.after(use);
    } catch { /* it was only an offer */ }
  });
  reason.addEventListener("input", () => {
    const old = form.querySelector(".suggestion");
    if (old && reason.value.trim()) old.remove();
  });

  // -- who types an answer means it --

  form.addEventListener("input", (event) => {
    const radio = document.getElementById(event.target.dataset.answers || "");
    if (radio) radio.checked = true;
  });

  // -- begin --

  $(() => {
    form.dispatchEvent(new CustomEvent("crux:drawn", { bubbles: true }));
    setUp(form);
    refresh();
    const invalid = form.querySelector('[aria-invalid="true"]:not(#id_text)');
    const notice = document.getElementById("problems") || document.getElementById("conflict");
    const restored = document.getElementById("restored") || document.getElementById("typed-before");
    if (restored) restored.focus();
    else if (invalid && !document.getElementById("conflict")) reveal(invalid);
    else if (notice) notice.focus();
    else if (location.hash) {
      const target = document.getElementById(location.hash.slice(1));
      if (target) reveal(target);
      else if (/^#(block|id_)/.test(location.hash)) announce(words.gone_target);
    }
    if (form.hasAttribute("data-unsaved") && !restored) {
      // Sent, and drawn again with faults or a conflict: from here, too, a reload or the back button finds all of it.
      dirty = true;
      keep();
      history.replaceState(history.state, "", location.href);
    }
    // Not sooner: Django's own scripts trigger changes as they begin.
    setTimeout(() => {
      $(form).on("input change", (event) => {
        changed();
        const item = event.target.closest("[data-item]");
        if (!item) return;
        if (event.target.matches("select.admin-autocomplete")) {
          const chosen = event.target.selectedOptions[0];
          item.dataset.name = chosen ? chosen.textContent : "";
        } else if (/-(claim|title)$/.test(event.target.name)) {
          item.dataset.name = event.target.value.trim();
        } else {
          return;
        }
        refresh();
      });
      form.dataset.ready = "1";
    }, 0);
  });
});
