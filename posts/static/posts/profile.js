"use strict";
// The profile as others see it, while it is written, and the counter of the text about oneself.

{
  const form = document.querySelector("[data-profile-form]");
  const seen = document.querySelector("[data-seen]");
  const part = (name) => seen.querySelector(name);

  function showTexts() {
    const { display_name: name, bio } = form.elements;
    part("[data-seen-name]").textContent = name.value.trim() || seen.dataset.seen;
    part("[data-seen-bio]").textContent = bio.value.trim();
    writing.showCount(form);
  }

  function showImage([file]) {
    const old = part(".avatar");
    if (!file?.type.startsWith("image/")) return;
    const image = Object.assign(document.createElement("img"), { className: "avatar", alt: "" });
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    old.replaceWith(image);
  }

  form.addEventListener("input", showTexts);
  form.elements.avatar.addEventListener("change", ({ target }) => showImage(target.files));
  addEventListener("DOMContentLoaded", showTexts); // after the scripts that this one needs
}
