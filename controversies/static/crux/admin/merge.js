/* The page of a merge: whichever row stays, its name is proposed, until somebody chooses another name. */

/** Let the name follow the row that stays. */
export function followKept(form) {
  const names = Array.from(form.querySelectorAll('input[name="value-name"], input[name="value-title"]'));
  let isChosen = false;
  form.addEventListener("change", (event) => {
    if (names.includes(event.target)) isChosen = true;
    if (event.target.name !== "kept" || isChosen) return;
    const name = names.find((input) => input.value === event.target.value);
    if (name) name.checked = true;
  });
}

const form = document.querySelector("form.tidy-merge");
if (form) followKept(form);
