/* Dragging a part by its handle. */

import { listItems } from "./names.js";

const EDGE = 60; // pixels from the window's edge at which it scrolls
const STEP = 14; // pixels that it scrolls a frame

/** Let an item be dragged within its list; `onMoved()` is called once it is dropped at another place.

    `startDrag()`, if there is one, tells what a drag does over other lists (`move.js`). */
export function makeDraggable(item, handle, onMoved, startDrag) {
  handle.addEventListener("pointerdown", (down) => {
    if (down.button) return;
    down.preventDefault();
    handle.setPointerCapture(down.pointerId);
    item.classList.add("dragged");
    const list = item.parentElement;
    const before = listItems(list).indexOf(item);
    const next = item.nextElementSibling;
    const across = startDrag?.();
    let [x, y, frame, isAcross] = [down.clientX, down.clientY, 0, false];
    const follow = () => {
      isAcross = Boolean(across?.follow(x, y));
      if (!isAcross) makeRoom(list, item, y);
    };
    // While the pointer rests at an edge the window scrolls on: the other list may be far away.
    const scroll = () => {
      if (y < EDGE) scrollBy(0, -STEP);
      else if (y > innerHeight - 2 * EDGE) scrollBy(0, STEP);
      else {
        frame = 0;
        return;
      }
      follow();
      frame = requestAnimationFrame(scroll);
    };
    const move = (event) => {
      [x, y] = [event.clientX, event.clientY];
      follow();
      if (!frame) frame = requestAnimationFrame(scroll);
    };
    const end = () => {
      cancelAnimationFrame(frame);
      handle.removeEventListener("pointermove", move);
      item.classList.remove("dragged");
      if (isAcross) {
        list.insertBefore(item, next); // where it was, for an undo
        across.drop();
      } else if (listItems(list).indexOf(item) !== before) onMoved();
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  });
}

function middle(element) {
  const box = element.getBoundingClientRect();
  return box.top + box.height / 2;
}

// Move the other items, not the dragged one: an element that leaves the document loses the pointer.
function makeRoom(list, item, y) {
  const items = listItems(list);
  const place = items.indexOf(item);
  const first = items.slice(0, place).findIndex((other) => y < middle(other));
  if (first >= 0) item.after(...items.slice(first, place));
  else item.before(...items.slice(place + 1).filter((other) => y > middle(other)));
}
