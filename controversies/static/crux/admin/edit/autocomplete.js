/* Names for the boxes of Select2, which Django's autocompletion uses. By itself it leaves them without. */

/** Name a Select2 box by its label: by itself it has only the chosen value as its name. */
export function nameAutocomplete(form, select) {
  const box = select.nextElementSibling?.querySelector(".select2-selection");
  const label = form.querySelector(`label[for="${select.id}"]`);
  if (!box || !label || box.dataset.named) return;
  label.id = `${select.id}_label`;
  box.setAttribute("aria-labelledby", `${label.id} ${box.getAttribute("aria-labelledby") || ""}`.trim());
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
  }
  box.dataset.named = "1";
  const shown = box.querySelector(".select2-selection__rendered");
  for (const name of ["role", "aria-readonly"]) shown.removeAttribute(name); // part of the box, not a field of its own
  label.addEventListener("click", () => box.focus());
}

/** Name a Select2 list of choices as it opens: it is a dialogue with a field to search in. */
export function nameChoices(form, select) {
  const box = select.nextElementSibling.querySelector(".select2-selection");
  const label = form.querySelector(`label[for="${select.id}"]`);
  const list = document.getElementById(box.getAttribute("aria-owns"));
  const open = list?.closest(".select2-container");
  if (!open || !label) return;
  box.setAttribute("aria-controls", list.id);
  open.setAttribute("role", "dialog");
  open.setAttribute("aria-label", label.textContent);
  const search = open.querySelector(".select2-search__field");
  search.setAttribute("aria-label", label.textContent);
  search.setAttribute("role", "combobox");
  search.setAttribute("aria-expanded", "true");
}
