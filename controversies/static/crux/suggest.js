// Suggestions as a reader types into the search page. Without this file the form works as it is.

const WAIT = 120; // milliseconds after the last letter
const LEAST = 2; // letters

const input = document.querySelector("input[data-suggestions]");
if (input) {
  const list = document.createElement("ul");
  let pending = null;
  let timer = 0;
  let chosen = -1;

  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestionsLabel);
  input.after(list);
  for (const [name, value] of [
    ["role", "combobox"],
    ["autocomplete", "off"],
    ["aria-autocomplete", "list"],
    ["aria-controls", list.id],
    ["aria-expanded", "false"],
  ]) {
    input.setAttribute(name, value);
  }

  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (index) => {
    const options = [...list.children];
    chosen = (index + options.length) % options.length;
    for (const [i, option] of options.entries()) {
      option.setAttribute("aria-selected", String(i === chosen));
    }
    input.setAttribute("aria-activedescendant", options[chosen].id);
  };

  const show = ([, titles, kinds, addresses]) => {
    list.replaceChildren(
      ...titles.map((title, i) => {
        const option = document.createElement("li");
        const link = document.createElement("a");
        const kind = document.createElement("span");
        option.id = `suggestion-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        link.href = addresses[i];
        link.tabIndex = -1;
        link.dir = "auto";
        link.textContent = title;
        kind.textContent = kinds[i];
        option.append(link, kind);
        return option;
      }),
    );
    list.hidden = titles.length === 0;
    chosen = -1;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    pending?.abort();
    const words = input.value.trim();
    if (words.length < LEAST) {
      close();
      return;
    }
    pending = new AbortController();
    try {
      const address = `${input.dataset.suggestions}?q=${encodeURIComponent(words)}`;
      const response = await fetch(address, { signal: pending.signal });
      if (response.ok) {
        show(await response.json());
      }
    } catch {
      // Another letter was typed meanwhile, or the site cannot be reached: the form works all the same.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const last = event.key === "ArrowUp" && chosen < 0;
      choose(last ? list.children.length - 1 : chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      list.children[chosen].querySelector("a").click();
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", (event) => {
    if (!list.contains(event.relatedTarget)) {
      setTimeout(close, WAIT);
    }
  });
}
