"use strict";
// What readers do on every page: times, long texts, links to copy, menus, light and dark.

{
  const { locale, word, toast, kept } = site;

  // --- Time ------------------------------------------------------------------------------------

  const DAY = 24 * 60 * 60 * 1000;
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });
  const sameYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const anyYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);

  // Computed by the reader's clock, because the page may come from a cache.
  function relative(at, now) {
    const minutes = Math.floor((now - at) / 60_000);
    if (minutes < 1) return word("just-now"); // a clock that is behind would make it the future
    if (minutes < 60) return ago.format(-minutes, "minute");
    if (now - at < DAY) return ago.format(-Math.floor(minutes / 60), "hour");
    const days = Math.round((midnight(now) - midnight(at)) / DAY);
    if (days < 7) return ago.format(-days, "day");
    return (at.getFullYear() === now.getFullYear() ? sameYear : anyYear).format(at);
  }

  function showTimes(part) {
    const now = new Date();
    for (const time of part.querySelectorAll("time[data-relative]")) {
      const at = new Date(time.dateTime);
      const text = relative(at, now);
      if (time.textContent !== text) time.textContent = text;
      time.title = exact.format(at);
    }
  }

  site.enhance = (part) => {
    showTimes(part);
    for (const copy of part.querySelectorAll("[data-copy]")) copy.hidden = false;
    for (const share of part.querySelectorAll("[data-share]")) share.hidden = !navigator.share;
  };

  const showAllTimes = () => document.hidden || showTimes(document);
  setInterval(showAllTimes, 60_000);
  document.addEventListener("visibilitychange", showAllTimes);

  // --- A post's text, link and menu --------------------------------------------------------------

  function unfold(link) {
    const text = link.previousElementSibling;
    text.classList.remove("long");
    // The link is removed, so focus goes to the text that it opened.
    text.tabIndex = -1;
    text.focus({ preventScroll: true });
    link.remove();
  }

  async function copy(path) {
    const url = new URL(path, location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      toast(word("link-copied"));
    } catch {
      // Copying is forbidden, or the page is not served over TLS: show the address.
      toast(word("copy-it", { url }), { seconds: 0 });
    }
  }

  async function share(path) {
    try {
      await navigator.share({ url: new URL(path, location.href).href });
    } catch {
      // the reader cancelled
    }
  }

  function closeMenu(menu) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[name=more][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!site.plain(event)) return;
    // A menu closes when it is used; the element that an entry opens takes the focus.
    const entry = event.target.closest(".more-menu .menu :is(a, button)");
    if (entry) closeMenu(entry.closest("details"));
    const pressed = event.target.closest("[data-unfold], [data-copy], [data-share]");
    if (!pressed) return;
    const { copy: copied, share: shared } = pressed.dataset;
    if (pressed.matches("[data-unfold]")) {
      event.preventDefault();
      unfold(pressed);
      return;
    }
    if (copied) copy(copied);
    else share(shared);
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details[name=more][open]");
    if (event.key === "Escape" && menu) closeMenu(menu);
  });

  // --- Light and dark ----------------------------------------------------------------------------

  const toggle = document.querySelector("[data-theme-toggle]");
  if (toggle) {
    const label = () => (toggle.title = toggle.ariaLabel = word(`theme-${theme.choice}`));
    toggle.addEventListener("click", () => {
      const next = theme.choices.indexOf(theme.choice) + 1;
      const choice = theme.choices[next % theme.choices.length];
      kept.local.write("theme", choice === "system" ? null : choice);
      theme.show();
      label();
      site.say(toggle.ariaLabel);
    });
    label();
    toggle.hidden = false;
  }

  // --- Offline -----------------------------------------------------------------------------------

  const banner = document.getElementById("offline");
  const showConnection = () => banner && (banner.hidden = navigator.onLine);
  addEventListener("offline", showConnection);
  addEventListener("online", () => {
    showConnection();
    toast(word("online"));
  });
  showConnection();

  site.enhance(document);
}
