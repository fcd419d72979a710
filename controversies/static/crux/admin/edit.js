/* The edit page of a controversy: nothing typed is lost; parts are added, moved and removed. The messages come from the
   server (json_script "crux-words"). */

import { nameChoices } from "./edit/autocomplete.js";
import { createBlocks } from "./edit/blocks.js";
import { createDraft } from "./edit/draft.js";
import { noteName } from "./edit/names.js";
import { createPage } from "./edit/page.js";
import { watchQuotes } from "./edit/quote-chip.js";
import { offerReason } from "./edit/reason.js";
import { followLinks, revealFirst } from "./edit/reveal.js";
import { guardSaving } from "./edit/save.js";
import { createBlockLoader } from "./edit/shut-block.js";
import { numberLines } from "./edit/text.js";
import { tellAuthors } from "./edit/wrote.js";

document.addEventListener("DOMContentLoaded", async () => {
  const form = document.getElementById("controversy_form");
  if (!form) return;
  const $ = django.jQuery;
  const page = createPage(form, JSON.parse(document.getElementById("crux-words").textContent));
  const draft = createDraft(page);
  draft.watch();
  await draft.restore(); // may replace `page.form`
  const openBlock = createBlockLoader(page, (body) => {
    blocks.setUp(body);
    quotes.setUp(body);
    blocks.refresh();
  });
  const blocks = createBlocks(page, draft, openBlock);
  $(page.form).on("select2:open", "select.admin-autocomplete", (event) => nameChoices(page.form, event.target));
  followLinks(page, openBlock);
  guardSaving(page, draft);
  offerReason(page, draft);
  tellAuthors(page);
  const quotes = watchQuotes(page, draft);
  page.form.addEventListener("input", (event) => { // typing an answer chooses it
    const radio = document.getElementById(event.target.dataset.answers || "");
    if (radio) radio.checked = true;
  });

  $(() => { // after Django's own scripts
    numberLines(page.form);
    blocks.setUp(page.form);
    blocks.refresh();
    const isRestored = revealFirst(page, openBlock);
    if (page.form.hasAttribute("data-unsaved") && !isRestored) {
      // The form came back with errors or a conflict: keep it, so that a reload restores it, too.
      page.dirty = true;
      draft.keep();
      history.replaceState(history.state, "", location.href);
    }
    // Later than Django's own scripts, which trigger changes when they start.
    setTimeout(() => {
      $(page.form).on("input change", (event) => {
        draft.change();
        if (noteName(event.target)) blocks.refresh();
      });
      page.form.dataset.ready = "1";
    }, 0);
  });
});
