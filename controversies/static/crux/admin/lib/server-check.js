/* Check with the server, before a form is sent, that it would be accepted. */

import { makeOutsideLink } from "./dom.js";

/** The server asks for a log-in. */
export class SignedOut extends Error {}

/** Fetch the check’s answer and refresh every CSRF token of the page: a log-in in another tab changes it.

    Throws `SignedOut`, or any other error if the server cannot be reached. */
export async function checkServer(url) {
  const response = await fetch(url, { redirect: "manual", cache: "no-store" });
  if (response.type === "opaqueredirect" || response.status === 403) throw new SignedOut();
  if (!response.ok) throw new Error(`status ${response.status}`);
  const news = await response.json();
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = news.token;
  return news;
}

/** Show in the status line why the check failed; after a log-out, with a link to log in. */
export function showFailure(status, error, messages) {
  if (error instanceof SignedOut) {
    status.replaceChildren(`${messages.signedOut} `, makeOutsideLink(messages.loginUrl, messages.login));
  } else {
    status.replaceChildren(messages.unreachable);
  }
}
