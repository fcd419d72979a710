/* Passkeys: a form that is marked with data-passkey asks the browser for a credential and is sent with it.

   data-passkey is "create" or "get". The options come from the JSON of the element that data-options names, or else
   from the form's own address. Without scripts, the form's other ways are there.
*/

const problem = document.querySelector(".passkey-problem");
const isSupported = Boolean(
  window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential.parseCreationOptionsFromJSON,
);

function complain(kind) {
  problem.textContent = problem.dataset[kind];
  problem.hidden = false;
}

async function readOptions(form) {
  if (form.dataset.options) {
    return JSON.parse(document.getElementById(form.dataset.options).textContent);
  }
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`options: ${response.status}`);
  }
  return response.json();
}

async function askForCredential(form) {
  const options = await readOptions(form);
  if (form.dataset.passkey === "create") {
    const creation = structuredClone(options.creation_options.publicKey);
    creation.authenticatorSelection = {
      ...creation.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation) });
  }
  const request = options.request_options.publicKey;
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request) });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!isSupported) {
      complain("unsupported");
      return;
    }
    problem.hidden = true;
    try {
      const credential = await askForCredential(form);
      form.elements.namedItem("credential").value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      complain("failed");
    }
  });
}
