"use strict";
// Shows the reader's preferences, and the button that changes the theme. Loaded before the style
// sheet, so that a dark page does not begin with a white flash. posts/preferences.py describes the
// cookie.

const preferences = (() => {
  const root = document.documentElement;
  const YEAR_SECONDS = 365 * 24 * 60 * 60;
  let device = read();

  function read() {
    const pair = document.cookie.split("; ").find((one) => one.startsWith("preferences="));
    try {
      return new URLSearchParams(decodeURIComponent(pair?.split("=")[1] ?? ""));
    } catch {
      return new URLSearchParams();
    }
  }

  function write(chosen) {
    const value = encodeURIComponent(chosen);
    const flags = `Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `preferences=${value}; ${flags}${secure}`;
    device = read();
  }

  // What the account saved last, on any device, replaces what this device has.
  function takeAccount() {
    const account = new URLSearchParams(root.dataset.preferences);
    const [id, at] = account.get("saved")?.split("-") ?? [];
    const [deviceId, deviceAt] = device.get("saved")?.split("-") ?? [];
    if (id && (id !== deviceId || Number(at) > Number(deviceAt))) write(account);
  }

  function show(chosen = device) {
    for (const name of ["theme", "motion", "text", "links"]) {
      const value = chosen.get(name);
      if (value) root.dataset[name] = value;
      else delete root.dataset[name];
    }
    // The browser's toolbars take their colour from these.
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.dataset.scheme ??= meta.media.includes("dark") ? "dark" : "light";
      const { scheme } = meta.dataset;
      if (!root.dataset.theme) meta.media = `(prefers-color-scheme: ${scheme})`;
      else meta.media = scheme === root.dataset.theme ? "all" : "not all";
    }
  }

  // Other tabs hear of a change of the storage, and not of the cookie.
  function tellTabs() {
    try {
      const value = String(device);
      if (localStorage.getItem("preferences") !== value) localStorage.setItem("preferences", value);
    } catch {
      // storage may be forbidden
    }
  }

  // A theme that was chosen before there was the cookie.
  function takeOld() {
    try {
      const theme = JSON.parse(localStorage.getItem("theme"));
      localStorage.removeItem("theme");
      if (theme && !String(device)) write(new URLSearchParams({ theme }));
    } catch {
      // see above
    }
    show();
  }

  takeAccount();
  show();
  // The first use of the storage takes long, so it waits until the page is there.
  addEventListener("load", () => {
    takeOld();
    tellTabs();
  });
  function showAgain() {
    device = read();
    show();
  }
  addEventListener("storage", ({ key }) => key === "preferences" && showAgain());
  addEventListener("pageshow", ({ persisted }) => persisted && showAgain());

  return {
    get theme() {
      return root.dataset.theme ?? "system";
    },
    // On this device alone: what an account saves on its page is for all of its devices.
    set theme(theme) {
      const chosen = new URLSearchParams(device);
      if (theme === "system") chosen.delete("theme");
      else chosen.set("theme", theme);
      write(chosen);
      show();
      tellTabs();
    },
    // The chosen time zone; undefined is that of the device.
    get zone() {
      const timeZone = device.get("zone") || undefined;
      try {
        return timeZone && new Intl.DateTimeFormat("en", { timeZone }) && timeZone;
      } catch {
        return undefined; // the browser does not know it
      }
    },
    show,
  };
})();

addEventListener("DOMContentLoaded", () => {
  const toggle = document.querySelector("[data-theme-toggle]");
  if (!toggle) return;
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const label = () => (toggle.title = toggle.ariaLabel = site.word(`theme-${preferences.theme}`));
  toggle.addEventListener("click", () => {
    preferences.theme = NEXT[preferences.theme];
    label();
    site.say(toggle.ariaLabel);
  });
  label();
  toggle.hidden = false;
});
