/* Boxes of Django's autocompletion get the words of their label as their name, which Select2 leaves out. */

export function nameChoosers() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const box = select.parentElement.querySelector(".select2-selection__rendered");
    const label = select.labels[0]?.textContent.trim();
    if (box && label) box.setAttribute("aria-label", label);
  }
}

window.django?.jQuery?.(nameChoosers); // after Django has made the boxes, which it does when jQuery is ready
