"use strict";
// A page's button that makes or uses a passkey. allauth's scripts do the work; this tells them where
// things are, which they would otherwise read from a script in the page.

{
  const button = document.querySelector("[data-passkey]");

  if (button && window.PublicKeyCredential) {
    const { passkey, credential, passwordless } = button.dataset;
    const { id } = button;
    const ids = { add: id, authenticate: id, login: id, credential, passwordless, data: "passkey-options" };
    allauth.webauthn.forms[passkey]({ ids });
    button.hidden = false;
    // Cancelled, timed out, or not known to the device: none of it is a fault of the page.
    document.addEventListener("allauth.error", (event) => {
      event.preventDefault();
      document.querySelector("[data-passkey-trouble]").hidden = false;
    });
  }
}
