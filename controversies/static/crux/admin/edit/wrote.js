/* Who wrote a field is fetched when an editor opens the disclosure beside it. Without scripts, a link is there. */

import { showFailure, SignedOut } from "../lib/server-check.js";
import { loginMessages } from "./shut-block.js";

/** Fill each disclosure of the form when it is opened for the first time. */
export function tellAuthors(page) {
  const fill = async (details) => {
    const place = details.querySelector("summary + *");
    const query = new URLSearchParams({ path: details.dataset.blame, number: page.form.elements.base.value });
    const response = await fetch(`${page.form.dataset.blameUrl}?${query}`, { redirect: "manual" });
    if (response.type === "opaqueredirect") throw new SignedOut();
    if (!response.ok) throw new Error(`status ${response.status}`);
    place.innerHTML = await response.text();
    for (const link of place.querySelectorAll("a")) link.target = "_blank";
  };
  page.form.addEventListener("toggle", async (event) => {
    const details = event.target;
    if (!details.matches("[data-blame]") || !details.open || details.ariaBusy || details.dataset.filled) return;
    details.ariaBusy = "true";
    try {
      await fill(details);
      details.dataset.filled = "1";
    } catch (error) {
      details.open = false;
      if (error instanceof SignedOut) showFailure(page.status, error, loginMessages(page.messages));
      else page.announce(page.messages.no_block);
    } finally {
      details.ariaBusy = null;
    }
  }, true); // the event does not bubble
}
