"use strict";
// What the scripts of each page share: the object `site`, described below; and whether the reader is
// offline.

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
  let plural, numbers; // made when they are used first, which takes some milliseconds
  const formOf = (n) => (plural ??= new Intl.PluralRules(root.lang)).select(n);
  const figure = (n) => (numbers ??= new Intl.NumberFormat(locale)).format(n);

  // --- Words -----------------------------------------------------------------------------------

  // A text with a number has samples for 1, 2 and 5: use the one of the same plural form.
  function sample(name, values) {
    const samples = [...(words?.querySelectorAll(`[data-word="${name}"]`) ?? [])];
    if (!("n" in values)) return samples[0];
    const form = formOf(values.n);
    return samples.find((one) => formOf(Number(one.dataset.n)) === form) ?? samples.at(-1);
  }

  function word(name, values = {}) {
    const text = sample(name, values)?.textContent.trim() ?? name;
    return text.replace(/\{(\w+)\}/g, (_, key) =>
      typeof values[key] === "number" ? figure(values[key]) : values[key],
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
    const toasts = document.getElementById("toasts");
    // A message without a button gives way to the next one, and a lasting one to itself.
    for (const old of [...toasts.children]) {
      const isPlain = !old.matches(".error, :has(a, button)");
      if (isPlain || (old.dataset.text === text && !(seconds && more.length))) old.remove();
    }
    note.dataset.text = text;
    note.className = error ? "toast error" : "toast";
    note.append(text, " ", ...more);
    if (seconds) setTimeout(end, seconds * 1000);
    else note.append(button(word("close"), end));
    toasts.append(note);
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

  // Asks for `url` again and again while the page is seen, and passes each answer that is new to
  // `take`. Without the cookie, because the answer is the same for all: mostly a 304 of a few bytes.
  // As long as nothing is new, it asks less and less often, down to once in `idleSeconds`.
  function poll(url, take, seconds, idleSeconds = seconds) {
    const LONGEST_WAIT = 5 * 60;
    let wait = seconds;
    let timer = 0;
    let asked = Date.now();
    let etag = null;

    function schedule() {
      clearTimeout(timer);
      // Jitter: after an outage, clients must not all ask at the same moment.
      const delay = wait * (0.9 + Math.random() / 5);
      if (!document.hidden && navigator.onLine) timer = setTimeout(ask, delay * 1000);
    }

    async function ask() {
      clearTimeout(timer);
      asked = Date.now();
      try {
        wait = (await askOnce()) ? seconds : Math.min(wait * 1.5, idleSeconds);
      } catch {
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
      schedule();
    }

    // Resolve to whether the answer was new.
    async function askOnce() {
      const reply = await fetch(url, {
        cache: "no-store",
        credentials: "omit",
        headers: etag ? { "If-None-Match": etag } : {},
        signal: AbortSignal.timeout(10_000),
      });
      if (reply.status === 304) return false;
      if (!reply.ok) throw new Error(`${reply.status} from ${url}`);
      await take(reply);
      etag = reply.headers.get("ETag"); // taken: what failed is asked for again
      return true;
    }

    function askNow() {
      wait = seconds;
      ask();
    }

    addEventListener("online", askNow);
    addEventListener("offline", () => clearTimeout(timer));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - asked > seconds * 1000) askNow();
      else schedule();
    });
    schedule();
  }

  // --- This visit ------------------------------------------------------------------------------

  // Whether a click is for this page. With a modifier key, the browser opens another tab.
  const plain = (event) =>
    !event.defaultPrevented &&
    event.button === 0 &&
    !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  // Whether the reader came back to this page. Its content may be as old as the first visit.
  const [navigation] = performance.getEntriesByType("navigation");
  const isBack = navigation?.type === "back_forward" || document.wasDiscarded === true;

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
        // The keys that begin with `start`.
        keys(start) {
          try {
            return Object.keys(window[`${area}Storage`]).filter((key) => key.startsWith(start));
          } catch {
            return [];
          }
        },
      },
    ]),
  );

  // --- The end of a session or an account --------------------------------------------------------

  const viewerId = root.dataset.viewerId ?? null;

  // Where `posts/drafts.js` keeps the drafts of an account on this device.
  const draftPlaces = (id) => ({ texts: `writing:${id}:`, images: `drafts-${id}` });

  function dropDrafts(id) {
    for (const key of kept.local.keys(draftPlaces(id).texts)) kept.local.write(key, null);
    globalThis.indexedDB?.deleteDatabase(draftPlaces(id).images);
  }

  // Drafts go when a person signs out or deletes the account, and stay when a session expires. The
  // page after it shows whether it was done.
  const ending = kept.session.read("ending");
  const isAsked = ending?.what === "account" && !document.querySelector("[data-account-deleted]");
  if (ending && ending.id !== viewerId && !isAsked) dropDrafts(ending.id);
  if (!isAsked) kept.session.write("ending", null);

  document.addEventListener("submit", (event) => {
    const what = event.target.dataset.ends;
    if (what && viewerId) kept.session.write("ending", { id: viewerId, what });
  });

  return {
    // Texts in the page's language.
    locale, word, link, signInLink,
    // Parts of the page, and what is said to the reader.
    main, button, say, toast,
    // HTML of this site: by its URL, or from a string; what is new at a URL.
    fetchPage, parse, poll,
    // The visit: the username and the account's id, or null; whether a click is for this page;
    // `kept.local` for this device and `kept.session` for this tab; where drafts are kept.
    viewer: root.dataset.viewer ?? null, viewerId, plain, isBack, kept, draftPlaces,

    // The scripts for readers replace these four.
    // Prepares cards that came with the page or were added to it.
    enhance: () => {},
    // Invites a signed-out reader to sign in, with the word that says what for, and leads to `next`.
    invite: () => {},
    // Marks the first card of each day in a list of cards.
    markDays: () => {},
    // On a page with a list of posts: `showNewer(page, author)` adds the newer posts of `page`, and
    // focuses the first one of `author`.
    list: null,
  };
})();

{
  const banner = document.getElementById("offline");
  const showConnection = () => banner && (banner.hidden = navigator.onLine);
  addEventListener("offline", showConnection);
  addEventListener("online", () => {
    showConnection();
    site.toast(site.word("online"));
  });
  showConnection();
}
