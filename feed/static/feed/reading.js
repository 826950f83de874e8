"use strict";
// What every page does. The scripts that follow use what `site` offers.

// The one way in which a string may become HTML (Trusted Types): as a document apart, in which
// nothing runs. `parse` below takes the first of these sinks, htmx the second; a string that goes
// straight into the page is refused.
const documentSinks = ["DOMParser parseFromString", "Document parseHTMLUnsafe"];
window.trustedTypes?.createPolicy("default", {
  createHTML: (html, _type, sink) => (documentSinks.includes(sink) ? html : null),
});

const site = (() => {
  const root = document.documentElement;
  const words = document.getElementById("words")?.content;
  const language = root.lang.split("-")[0];
  // The page's language, written as this person's country writes it.
  const locale = navigator.languages.find((one) => one.split("-")[0] === language) ?? root.lang;
  const plural = new Intl.PluralRules(root.lang);
  const numbers = new Intl.NumberFormat(locale);

  // --- Words -----------------------------------------------------------------------------------

  // Of a word that is counted the page has samples (for 1, 2, 5): the one of the same plural fits.
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

  // A copy of a link among the words: scripts know no address of a page.
  function link(name) {
    return document.importNode(words.querySelector(`a[data-word="${name}"]`), true);
  }

  function signInLink() {
    const signIn = link("sign-in");
    signIn.search = new URLSearchParams({ next: location.pathname + location.search });
    return signIn;
  }

  // --- Saying things ---------------------------------------------------------------------------

  // There before it speaks, or nobody would hear its first sentence.
  const voice = Object.assign(document.createElement("p"), { className: "hidden", role: "status" });
  document.body.append(voice);

  // For ears alone.
  function say(text) {
    voice.textContent = "";
    requestAnimationFrame(() => (voice.textContent = text));
  }

  // For eyes and ears. It leaves by itself, or with seconds 0 when it is closed. Returns its end.
  function toast(text, { error = false, seconds = error ? 12 : 6, more = [] } = {}) {
    const before = document.activeElement;
    const note = document.createElement("div");
    const end = () => {
      // Focus that would vanish with it goes back to where it was.
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
    // A page that one has come back to would get it from the browser's cache, however old.
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

  // Counted by this clock and not when the page was made: it may come from a cache.
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

  // What came with the page, or later into it.
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

  // A press that means this page: with a key held, it means another tab, and is the browser's.
  site.plain = (event) =>
    !event.defaultPrevented &&
    event.button === 0 &&
    !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  // Whether this page was there before: what came with it may be as old as that visit.
  const [navigation] = performance.getEntriesByType("navigation");
  site.isBack = navigation?.type === "back_forward" || document.wasDiscarded === true;

  // Said on the page before, where there was no time to read it.
  const said = kept.session.read("said");
  kept.session.write("said", null);
  if (said) toast(said);

  // --- A post's text, link and menu --------------------------------------------------------------

  function unfold(link) {
    const text = link.previousElementSibling;
    text.classList.remove("long");
    // The link goes, so focus goes to what it opened.
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
      // Not allowed, or not over TLS: to be copied by hand.
      toast(word("copy-it", { url }), { seconds: 0 });
    }
  }

  async function share(path) {
    try {
      await navigator.share({ url: new URL(path, location.href).href });
    } catch {
      // thought better of it
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
    // Used, a menu closes; whatever its entry opens takes the focus from there.
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
