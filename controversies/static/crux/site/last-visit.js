/* Marks the changes that are new to this reader. When the reader was here is kept in this browser alone. */

const KEY = "crux-last-visit";
const SECOND = 1000; // milliseconds
const LATEST = 8.64e15 - SECOND; // milliseconds: up to here a second later is a date, too
const PAUSE = 30 * 60 * SECOND; // milliseconds without a page, after which the next one is another visit

function isTime(value) {
  return Number.isFinite(value) && value >= 0 && value <= LATEST;
}

/** Return `{known, newest, seen}`, null without a visit: the newest change of the visit before and of this one, and when
    a page was last seen (all in milliseconds). Null, too, where the browser does not allow it. */
function readVisit() {
  try {
    const visit = JSON.parse(localStorage.getItem(KEY));
    return visit && [visit.known, visit.newest, visit.seen].every(isTime) ? visit : null;
  } catch {
    return null;
  }
}

/** Keep a visit; return whether the browser allows it. */
function keepVisit(visit) {
  try {
    localStorage.setItem(KEY, JSON.stringify(visit));
    return true;
  } catch {
    return false;
  }
}

/** Return a time in milliseconds, without its fraction of a second: not every list shows it. NaN for none. */
function readTime(element) {
  return Math.floor(Date.parse(element?.dateTime ?? "") / SECOND) * SECOND;
}

/** Return the entries of the lists of changes on this page, each with its time. */
function readEntries() {
  return [...document.querySelectorAll("[data-visit-entries] > li")]
    .map((item) => ({ item, time: readTime(item.querySelector("time[datetime]")) }))
    .filter((entry) => Number.isFinite(entry.time));
}

function markEntry(item, text) {
  const mark = document.createElement("span");
  mark.className = "new-mark";
  mark.textContent = text;
  item.querySelector("a.name").after(" ", mark);
}

/** Say how many of the entries are newer than `known`, mark them, and link to the list of all such changes. */
function showChanges(box, entries, known) {
  const fresh = entries.filter((entry) => entry.time > known);
  const { none, one, many, more, mark, changes } = box.dataset;
  let words = none;
  if (fresh.length === 1) words = one;
  else if (fresh.length) words = fresh.length === entries.length ? more : many;
  box.querySelector(".last-visit-words").textContent = words.replace("{n}", fresh.length);
  for (const { item } of fresh) markEntry(item, mark);
  if (fresh.length) {
    const link = box.querySelector(".last-visit-link");
    link.href = `${changes}?since=${new Date(known + SECOND).toISOString()}`;
    link.hidden = false;
  }
  box.hidden = false;
}

function main() {
  const box = document.querySelector(".last-visit");
  const entries = readEntries();
  if (!box || !entries.length) return;
  const now = Date.now();
  const newest = Math.max(...entries.map((entry) => entry.time));
  const last = readVisit();
  const isSame = last && now - last.seen < PAUSE;
  const known = isSame ? last.known : last?.newest ?? newest;
  const isKept = keepVisit({ known, newest: Math.max(newest, last?.newest ?? newest), seen: now });
  if (last && isKept) showChanges(box, entries, known);
}

main();
