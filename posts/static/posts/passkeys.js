"use strict";
// The button that makes or uses a passkey. allauth's scripts do the work. This passes them the ids of
// the elements, which they would otherwise read from an inline script.

{
  const button = document.querySelector("[data-passkey]");

  if (button && window.PublicKeyCredential) {
    const { passkey, credential, passwordless } = button.dataset;
    const { id } = button;
    const ids = { add: id, authenticate: id, login: id, credential, passwordless, data: "passkey-options" };
    allauth.webauthn.forms[passkey]({ ids });
    button.hidden = false;
    // Cancelled, timed out, or unknown to the device: no error of the page.
    document.addEventListener("allauth.error", (event) => {
      event.preventDefault();
      document.querySelector("[data-passkey-trouble]").hidden = false;
    });
  }
}
