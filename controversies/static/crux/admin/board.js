/* The sources board: an item that is being checked is drawn again once the check is done. Without scripts, a link
   loads the page again. */

import { formatMessage } from "./lib/dom.js";

const WAITS = [2, 2, 3, 3, 5, 5, 8, 8, 13, 13, 20, 20]; // seconds between two looks, under two minutes in all

/** Watch the items that are being checked. `pause(seconds)` returns a promise. */
export async function watchChecks(board, pause) {
  const news = board.querySelector(".board-news");
  const underWay = () => [...board.querySelectorAll("[data-under-way]")];
  const update = (item, now) => {
    if (now?.hasAttribute("data-under-way") || isTouched(item)) return;
    const message = now ? news.dataset.done : news.dataset.closed;
    news.textContent = formatMessage(message, { title: item.dataset.title });
    if (now) item.replaceWith(document.adoptNode(now));
    else item.removeAttribute("data-under-way");
  };
  const look = async ([seconds, ...rest]) => {
    if (!underWay().length) return;
    if (seconds === undefined) {
      news.textContent = news.dataset.slow;
      return;
    }
    await pause(seconds);
    const fresh = await readBoard(location.href);
    if (fresh) for (const item of underWay()) update(item, fresh.getElementById(item.id));
    await look(rest);
  };
  await look(WAITS);
}

/** Return whether somebody works on an item. */
function isTouched(item) {
  return item.contains(document.activeElement) || item.querySelector("details[open]");
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
