/* The edit page of a controversy: nothing typed is lost; parts are added, moved and removed. The messages come from the
   server (json_script "crux-words"). */

import { nameChoices } from "./edit/autocomplete.js";
import { createBlocks } from "./edit/blocks.js";
import { createDraft } from "./edit/draft.js";
import { noteName } from "./edit/names.js";
import { createPage } from "./edit/page.js";
import { offerReason } from "./edit/reason.js";
import { followLinks, revealFirst } from "./edit/reveal.js";
import { guardSaving } from "./edit/save.js";
import { createBlockLoader } from "./edit/shut-block.js";
import { numberLines } from "./edit/text.js";

document.addEventListener("DOMContentLoaded", async () => {
  const form = document.getElementById("controversy_form");
  if (!form) return;
  const $ = django.jQuery;
  const page = createPage(form, JSON.parse(document.getElementById("crux-words").textContent));
  const draft = createDraft(page);
  draft.watch();
  await draft.restore(); // from here on, `page.form` is the form that stays
  const openBlock = createBlockLoader(page, (body) => {
    blocks.setUp(body);
    blocks.refresh();
  });
  const blocks = createBlocks(page, draft, openBlock);
  $(page.form).on("select2:open", "select.admin-autocomplete", (event) => nameChoices(page.form, event.target));
  followLinks(page, openBlock);
  guardSaving(page, draft);
  offerReason(page, draft);
  page.form.addEventListener("input", (event) => { // who types an answer means it
    const radio = document.getElementById(event.target.dataset.answers || "");
    if (radio) radio.checked = true;
  });

  $(() => { // after Django's own scripts
    numberLines(page.form);
    blocks.setUp(page.form);
    blocks.refresh();
    const isRestored = revealFirst(page, openBlock);
    if (page.form.hasAttribute("data-unsaved") && !isRestored) {
      // Sent, and drawn again with errors or a conflict: from here, too, a reload or the back button finds all of it.
      page.dirty = true;
      draft.keep();
      history.replaceState(history.state, "", location.href);
    }
    // Not sooner: Django's own scripts trigger changes as they begin.
    setTimeout(() => {
      $(page.form).on("input change", (event) => {
        draft.change();
        if (noteName(event.target)) blocks.refresh();
      });
      page.form.dataset.ready = "1";
    }, 0);
  });
});
