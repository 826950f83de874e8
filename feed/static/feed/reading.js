"use strict";
// Scripts of every page. Later scripts use the functions of `site`.

// Trusted Types: a string becomes HTML only in a separate document, in which no script runs (see
// `parse` below). The browser refuses a string that goes straight into the page.
window.trustedTypes?.createPolicy("default", {
  createHTML: (html, _type, sink) => (sink === "DOMParser parseFromString" ? html : null),
});

const site = (() => {
  const root = document.documentElement;
  const words = document.getElementById("words")?.content;
  const language = root.lang.split("-")[0];
  // The page's language with the reader's region.
  const locale = navigator.languages.find((one) => one.split("-")[0] === language) ?? root.lang;
  const plural = new Intl.PluralRules(root.lang);
  const numbers = new Intl.NumberFormat(locale);

  // --- Words -----------------------------------------------------------------------------------

  // A text with a number has samples for 1, 2 and 5: use the one of the same plural form.
  function sample(name, values) {
    const samples = [...(words?.querySelectorAll(`[data-word="${name}"]`) ?? [])];
    if (!("n" in values)) return samples[0];
    const form = plural.select(values.n);
    return samples.find((one) => plural.select(Number(one.dataset.n)) === form) ?? samples.at(-1);
  }

  function word(name, values = {}) {
    const text = sample(name, values)?.textContent.trim() ?? name;
    return text.replace(/\{(\w+)\}/g, (_, key) =>
      typeof values[key] === "number" ? numbers.format(values[key]) : values[key],
    );
  }

  // Return a copy of a link from the texts, because scripts know no addresses of pages.
  function link(name) {
    return document.importNode(words.querySelector(`a[data-word="${name}"]`), true);
  }

  function signInLink() {
    const signIn = link("sign-in");
    signIn.search = new URLSearchParams({ next: location.pathname + location.search });
    return signIn;
  }

  // --- Saying things ---------------------------------------------------------------------------

  // It exists before its first text, because screen readers ignore the text of a new live region.
  const voice = Object.assign(document.createElement("p"), { className: "hidden", role: "status" });
  document.body.append(voice);

  // For screen readers only.
  function say(text) {
    voice.textContent = "";
    requestAnimationFrame(() => (voice.textContent = text));
  }

  // Visible, and read by screen readers. It closes after `seconds`, or with 0 by a button. Returns
  // a function that closes it.
  function toast(text, { error = false, seconds = error ? 12 : 6, more = [] } = {}) {
    const before = document.activeElement;
    const note = document.createElement("div");
    const end = () => {
      // Focus inside the toast goes back to the element that had it before.
      if (note.contains(document.activeElement)) (before?.isConnected ? before : main()).focus();
      note.remove();
    };
    note.className = error ? "toast error" : "toast";
    note.append(text, " ", ...more);
    if (seconds) setTimeout(end, seconds * 1000);
    else note.append(button(word("close"), end));
    document.getElementById("toasts").append(note);
    return end;
  }

  function button(text, run) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "button quiet", textContent: text });
    made.addEventListener("click", run);
    return made;
  }

  const main = () => document.getElementById("main");

  // --- Other pages of the site -----------------------------------------------------------------

  async function fetchPage(url) {
    // After going back in the history, a browser would take it from its cache, however old.
    const reply = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(20_000) });
    if (!reply.ok) throw new Error(`${reply.status} from ${url}`);
    return parse(await reply.text());
  }

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

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

  // Prepare cards that came with the page or were added to it.
  function dress(part) {
    showTimes(part);
    for (const copy of part.querySelectorAll("[data-copy]")) copy.hidden = false;
    for (const share of part.querySelectorAll("[data-share]")) share.hidden = !navigator.share;
  }

  const showAllTimes = () => document.hidden || showTimes(document);
  setInterval(showAllTimes, 60_000);
  document.addEventListener("visibilitychange", showAllTimes);

  return {
    word, link, signInLink, say, toast, button, main, fetchPage, parse, dress,
    viewer: root.dataset.viewer ?? null,
  };
})();

{
  const { word, toast } = site;

  // Whether a click is for this page. With a modifier key, the browser opens another tab.
  site.plain = (event) =>
    !event.defaultPrevented &&
    event.button === 0 &&
    !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  // Whether the reader came back to this page. Its content may be as old as the first visit.
  const [navigation] = performance.getEntriesByType("navigation");
  site.isBack = navigation?.type === "back_forward" || document.wasDiscarded === true;

  // A message of the page before, which was left at once.
  const said = kept.session.read("said");
  kept.session.write("said", null);
  if (said) toast(said);

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
      theme.choose(theme.choices[next % theme.choices.length]);
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

  site.dress(document);
}
