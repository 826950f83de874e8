"use strict";
// Shows what is chosen at once, before it is saved, and the time zone of this device.

{
  const form = document.querySelector("[data-preferences-form]");
  form.addEventListener("change", () => preferences.show(new URLSearchParams(new FormData(form))));
  const [automatic] = form.elements.zone.options;
  automatic.text += ` (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}
