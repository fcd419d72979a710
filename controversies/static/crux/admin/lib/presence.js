/* Who else is editing this page, and who has saved it meanwhile. */

import { make, makeOutsideLink } from "./dom.js";

/** Return a function that shows news of the page in the element, unless it shows them already.

    News are `others`, a list of sentences, and `moved`, either null or a sentence (`words`) and a comparison (`url`). */
export function createPresence(element, compareLabel) {
  let shown = element.textContent;
  return ({ others = [], moved = null }) => {
    const lines = others.map((text) => make("p", {}, text));
    if (moved) {
      lines.unshift(make("p", { class: "moved" }, `${moved.words} `, makeOutsideLink(moved.url, compareLabel)));
    }
    const text = lines.map((line) => line.textContent).join("");
    if (text === shown) return;
    shown = text;
    element.replaceChildren(...lines);
  };
}
