/* Dragging a part by its handle. */

import { listItems } from "./names.js";

const EDGE = 60; // pixels from the window's edge at which it scrolls

/** Let an item be dragged within its list; `onMoved()` is called once it is dropped at another place. */
export function makeDraggable(item, handle, onMoved) {
  handle.addEventListener("pointerdown", (down) => {
    if (down.button) return;
    down.preventDefault();
    handle.setPointerCapture(down.pointerId);
    item.classList.add("dragged");
    const list = item.parentElement;
    const before = listItems(list).indexOf(item);
    const follow = (event) => {
      makeRoom(list, item, event.clientY);
      if (event.clientY < EDGE) scrollBy(0, -12);
      else if (event.clientY > innerHeight - 2 * EDGE) scrollBy(0, 12);
    };
    const end = () => {
      handle.removeEventListener("pointermove", follow);
      item.classList.remove("dragged");
      if (listItems(list).indexOf(item) !== before) onMoved();
    };
    handle.addEventListener("pointermove", follow);
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
