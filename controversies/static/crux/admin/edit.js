/* The edit page of a controversy: nothing typed is lost; parts are added, moved and removed. The messages come from the
   server (json_script "crux-words"). */

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
  const page = createPage(form, JSON.parse(document.getElementById("crux-words").textContent));
  const draft = createDraft(page);
  draft.watch();
  await draft.restore(); // may replace `page.form`
  const openBlock = createBlockLoader(page, (body) => {
    blocks.setUp(body);
    quotes.setUp(body);
    blocks.refresh();
  });
  const blocks = createBlocks(page, draft, openBlock, JSON.parse(document.getElementById("crux-boxes").textContent));
  followLinks(page, openBlock);
  guardSaving(page, draft);
  offerReason(page, draft);
  tellAuthors(page);
  const quotes = watchQuotes(page, draft);
  page.form.addEventListener("input", (event) => { // typing an answer chooses it
    const radio = document.getElementById(event.target.dataset.answers || "");
    if (radio) radio.checked = true;
  });

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
  for (const type of ["input", "change"]) {
    page.form.addEventListener(type, (event) => {
      draft.change();
      if (noteName(event.target)) blocks.refresh();
    });
  }
  page.form.dataset.ready = "1";
});
