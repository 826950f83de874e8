"use strict";
// Loaded before the style sheet, so that a dark page does not begin with a white flash.

const theme = {
  choices: ["system", "light", "dark"],

  get choice() {
    try {
      const choice = JSON.parse(localStorage.getItem("theme"));
      return this.choices.includes(choice) ? choice : "system";
    } catch {
      return "system"; // storage may be forbidden
    }
  },

  show() {
    const { choice } = this;
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    // The browser's toolbars take their colour from these.
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.dataset.scheme ??= meta.media.includes("dark") ? "dark" : "light";
      const { scheme } = meta.dataset;
      if (choice === "system") meta.media = `(prefers-color-scheme: ${scheme})`;
      else meta.media = scheme === choice ? "all" : "not all";
    }
  },
};

theme.show();
// A choice in one tab applies to all tabs.
addEventListener("storage", (event) => event.key === "theme" && theme.show());
