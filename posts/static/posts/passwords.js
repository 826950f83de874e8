"use strict";
// A button beside each password that shows what was typed, and hides it again before it is sent.

{
  const { show, hide } = document.querySelector("[data-passwords]").dataset;

  for (const input of document.querySelectorAll("input[type=password]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button plain reveal";
    button.textContent = show;
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-controls", input.id);
    const reveal = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? hide : show;
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => {
      reveal(input.type === "password");
      input.focus();
    });
    // A password that is sent as text would be offered to the next person who fills in this form.
    input.form.addEventListener("submit", () => reveal(false));
    const row = document.createElement("div");
    row.className = "revealed";
    input.replaceWith(row);
    row.append(input, button);
  }
}
