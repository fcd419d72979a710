/* The sources board: an item that is being checked is drawn again once the check is done. Without scripts, a link
   loads the page again. */

import { formatMessage } from "./lib/dom.js";

const WAITS = [2, 2, 3, 3, 5, 5, 8, 8, 13, 13, 20, 20]; // seconds between two looks, under two minutes in all

/** Watch the items that are being checked. `pause(seconds)` returns a promise. */
export async function watchChecks(board, pause) {
  const news = board.querySelector(".board-news");
  const underWay = () => [...board.querySelectorAll("[data-under-way]")];
  const isTouched = (item) => item.contains(document.activeElement) || item.querySelector("details[open]");
  for (const seconds of WAITS) {
    if (!underWay().length) return;
    await pause(seconds);
    const fresh = await readBoard(location.href);
    if (!fresh) continue;
    for (const item of underWay()) {
      const now = fresh.getElementById(item.id);
      if (now?.hasAttribute("data-under-way") || isTouched(item)) continue;
      const message = now ? news.dataset.done : news.dataset.closed;
      news.textContent = formatMessage(message, { title: item.dataset.title });
      if (now) item.replaceWith(document.adoptNode(now));
      else item.removeAttribute("data-under-way");
    }
  }
  if (underWay().length) news.textContent = news.dataset.slow;
}

/** Return the board as it is now, null if the server cannot be reached or asks for a log-in. */
async function readBoard(url) {
  try {
    const response = await fetch(url, { redirect: "manual", cache: "no-store" });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}

const board = document.querySelector(".board");
if (board) watchChecks(board, (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
