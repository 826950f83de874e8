"use strict";
// Loaded before the style sheet, so that a dark page does not begin with a white flash.

// Storage may be full or forbidden. Then nothing is stored, and no script fails.
const kept = Object.fromEntries(
  ["local", "session"].map((area) => [
    area,
    {
      read(key) {
        try {
          return JSON.parse(window[`${area}Storage`].getItem(key));
        } catch {
          return null;
        }
      },
      write(key, value) {
        try {
          const storage = window[`${area}Storage`];
          if (value === null) storage.removeItem(key);
          else storage.setItem(key, JSON.stringify(value));
        } catch {
          // see above
        }
      },
    },
  ]),
);

const theme = {
  choices: ["system", "light", "dark"],

  get choice() {
    const choice = kept.local.read("theme");
    return this.choices.includes(choice) ? choice : "system";
  },

  choose(choice) {
    kept.local.write("theme", choice === "system" ? null : choice);
    this.show();
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
