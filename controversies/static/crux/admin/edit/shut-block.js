/* A block of a large page is fetched when it is opened. */

import { showFailure, SignedOut } from "../lib/server-check.js";

/** Return a function that fetches the content of a shut block as it opens. `onLoaded(body)` is called next. */
export function createBlockLoader(page, onLoaded) {
  const loading = new Map(); // blocks and the promises of their content
  const load = async (block) => {
    const { key } = block.closest("[data-item]").dataset;
    const url = `${location.pathname}?block=${key}&shown=${page.form.elements.shown.value}`;
    const response = await fetch(url, { redirect: "manual" });
    if (response.type === "opaqueredirect") throw new SignedOut();
    if (!response.ok) throw new Error(response.status === 410 ? "gone" : "failed");
    const body = block.querySelector(".body");
    body.innerHTML = await response.text();
    block.removeAttribute("data-shut");
    onLoaded(body);
  };
  const open = async (block) => {
    try {
      await load(block);
    } catch (error) {
      block.open = false;
      if (error instanceof SignedOut) showFailure(page.status, error, loginMessages(page.messages));
      else page.announce(error.message === "gone" ? page.messages.gone_block : page.messages.no_block);
    } finally {
      loading.delete(block);
    }
  };
  return (block) => {
    if (!block.open || !block.hasAttribute("data-shut")) return loading.get(block);
    if (!loading.has(block)) loading.set(block, open(block));
    return loading.get(block);
  };
}

/** Return the edit page's messages about a failed check, by the names that `showFailure` uses. */
export function loginMessages(messages) {
  return {
    signedOut: messages.signed_out,
    login: messages.login,
    loginUrl: messages.login_url,
    unreachable: messages.unreachable,
  };
}
