/* Focus on parts of the page that may be hidden. */

/** Open everything that hides the target, and move the focus there. `openBlock(details)` fetches a shut block. */
export async function reveal(page, target, openBlock) {
  for (let element = target; element && element !== page.form; element = element.parentElement) {
    if (element.matches("details") && !element.open) element.open = true;
  }
  const own = target.matches(".block") && target.querySelector("details");
  if (own) {
    own.open = true;
    if (own.hasAttribute("data-shut")) await openBlock(own);
  }
  const place = own ? own.querySelector("summary") : target;
  if (!place.matches("a, input, select, textarea, button, summary, [tabindex]")) place.tabIndex = -1;
  place.scrollIntoView({ block: own || target.matches(".part") ? "start" : "center" });
  place.focus({ preventScroll: true });
}

/** Follow links within the page to hidden parts, too. */
export function followLinks(page, openBlock) {
  page.form.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    reveal(page, target, openBlock);
  });
}

/** Open a block, which may be shut, and move the focus to an element in it, or to its button that adds a source. */
async function revealWithin(page, block, id, openBlock) {
  await reveal(page, block, openBlock);
  const list = page.form.querySelector(`[data-list="${block.dataset.key}-citations"]`);
  const target = id === "add-source" ? list?.nextElementSibling : document.getElementById(id);
  if (target) reveal(page, target, openBlock);
}

/** Move the focus to the most urgent part: a restored draft, an error, a conflict, or the part that the address names.

    Return whether a draft was restored. */
export function revealFirst(page, openBlock) {
  const restored = document.getElementById("restored") || document.getElementById("typed-before");
  const conflict = document.getElementById("conflict");
  const invalid = page.form.querySelector('[aria-invalid="true"]:not(#id_text)');
  const notice = document.getElementById("problems") || document.getElementById("quote-question") || conflict;
  if (restored) restored.focus();
  else if (invalid && !conflict) reveal(page, invalid, openBlock);
  else if (notice) notice.focus();
  else if (location.hash) {
    const [, key, id] = /^#in-([0-9a-f-]{36})\/(.+)$/.exec(location.hash) || [];
    const target = document.getElementById(key ? `block-${key}` : location.hash.slice(1));
    if (target && key) revealWithin(page, target, id, openBlock);
    else if (target) reveal(page, target, openBlock);
    else if (/^#(block|id_|in-)/.test(location.hash)) page.announce(page.messages.gone_target);
  }
  return Boolean(restored);
}
