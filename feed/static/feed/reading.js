"use strict";
// What readers do on every page: times, long texts, images, links, menus.

{
  const { locale, word, toast, kept } = site;

  // --- Time ------------------------------------------------------------------------------------

  const DAY = 24 * 60 * 60 * 1000;
  const timeZone = preferences.zone;
  // Each is made when it is used first: that takes longer than all the rest of this script.
  const lazy = (make) => {
    let made;
    return { format: (...values) => (made ??= make()).format(...values) };
  };
  const format = (options) =>
    lazy(() => new Intl.DateTimeFormat(locale, { timeZone, ...options }));
  const ago = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  const exact = format({ dateStyle: "full", timeStyle: "long" });
  const sameYear = format({ day: "numeric", month: "short" });
  const anyYear = format({ dateStyle: "medium" });
  const minute = format({ dateStyle: "medium", timeStyle: "short" });
  const date = format({ dateStyle: "long" });
  const weekday = format({ weekday: "long", day: "numeric", month: "long" });

  // What the reader's clock shows at a moment, in milliseconds, as if it were the clock of UTC.
  // Swedish is written as ISO 8601.
  const ISO = { timeZone, dateStyle: "short", timeStyle: "medium" };
  const clock = timeZone && new Intl.DateTimeFormat("sv", ISO);
  function wall(moment) {
    if (clock) return Date.parse(`${clock.format(moment).replace(" ", "T")}Z`);
    return moment - new Date(moment).getTimezoneOffset() * 60_000;
  }

  // Days since 1970, and the year, by the reader's clock.
  const dayOf = (moment) => Math.floor(wall(moment) / DAY);
  const yearOf = (moment) => new Date(wall(moment)).getUTCFullYear();

  // Computed by the reader's clock, because the page may come from a cache.
  function relative(at, now) {
    const minutes = Math.floor((now - at) / 60_000);
    if (minutes < 1) return word("just-now"); // a clock that is behind would make it the future
    if (minutes < 60) return ago.format(-minutes, "minute");
    if (now - at < DAY) return ago.format(-Math.floor(minutes / 60), "hour");
    const days = dayOf(now) - dayOf(at);
    if (days < 7) return ago.format(-days, "day");
    return (yearOf(at) === yearOf(now) ? sameYear : anyYear).format(at);
  }

  // The forms of a time, by the value of data-time.
  const FORMS = {
    relative,
    exact: (at, now) => `${minute.format(at)} · ${relative(at, now)}`,
    day: (at) => date.format(at),
  };

  function showTimes(part) {
    const now = new Date();
    for (const time of part.querySelectorAll("time[data-time]")) {
      const at = new Date(time.dateTime);
      const text = FORMS[time.dataset.time](at, now);
      if (time.textContent !== text) time.textContent = text;
    }
    whenIdle(() => showExactTimes(part));
  }

  const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari has no idle callbacks
  const exactly = new WeakSet(); // times whose titles are of the reader's clock

  function showExactTimes(part) {
    for (const time of part.querySelectorAll("time[data-time]")) {
      if (exactly.has(time)) continue;
      time.title = exact.format(new Date(time.dateTime));
      exactly.add(time);
    }
  }

  function dayName(at, now) {
    const days = dayOf(now) - dayOf(at);
    if (yearOf(at) !== yearOf(now) && days > 6) return date.format(at);
    const name = days < 2 ? ago.format(-Math.max(days, 0), "day") : weekday.format(at);
    return name[0].toLocaleUpperCase(locale) + name.slice(1);
  }

  // The first card of each day gets the day's name, which the style sheet shows on the rule above
  // it. Today needs none at the top of a list.
  site.markDays = (cards) => {
    const now = new Date();
    const today = dayOf(now);
    let before = today;
    for (const card of cards) {
      if (card.hidden) continue;
      const at = new Date(card.dataset.at);
      const day = Math.min(dayOf(at), today); // the reader's clock may be behind
      if (day === before) delete card.dataset.day;
      else card.dataset.day = dayName(at, now);
      before = day;
    }
  };

  site.enhance = (part) => {
    showTimes(part);
    foldByHeight([...part.querySelectorAll(".text.long")]);
    for (const share of part.querySelectorAll("[data-share]")) share.hidden = false;
    // Where the browser can't share, the button for sharing copies the link.
    if (navigator.share) for (const copy of part.querySelectorAll("[data-copy]")) copy.hidden = false;
  };

  const showAllTimes = () => document.hidden || showTimes(document);
  setInterval(showAllTimes, 60_000);
  document.addEventListener("visibilitychange", showAllTimes);

  // A chosen date is a day in the reader's time zone; without a script it is one of UTC.
  document.addEventListener("submit", ({ target }) => {
    const offset = target.elements.offset;
    if (!offset) return;
    const [year, month, day] = target.elements.date.value.split("-").map(Number);
    const offsetAt = (moment) => wall(moment) - moment;
    const end = Date.UTC(year, month - 1, day + 1); // of the day, if the reader were in UTC
    offset.value = Math.round(offsetAt(end - offsetAt(end)) / 60_000);
    offset.disabled = false;
  });

  // --- A post's text, image, link and menu -------------------------------------------------------

  // The server guesses the height of a text. Folding must hide two lines at least.
  function foldByHeight(texts) {
    const isShort = (text) => {
      if (!text.nextElementSibling?.checkVisibility()) return false;
      const hidden = text.scrollHeight - text.clientHeight;
      return hidden <= 2 * parseFloat(getComputedStyle(text).lineHeight);
    };
    // All are measured before the first is changed, or each measure would need another layout.
    for (const text of texts.filter(isShort)) {
      text.classList.remove("long");
      text.nextElementSibling.remove();
    }
  }

  // Behind a warning, a text has no height until it is opened.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      const text = target.matches(".warned[open]") && target.querySelector(".text.long");
      if (text) foldByHeight([text]);
    },
    { capture: true }, // it does not bubble
  );

  function toggleFold(link) {
    const text = link.previousElementSibling;
    const isOpen = text.classList.toggle("open");
    link.dataset.more ??= link.firstChild.data;
    link.firstChild.data = isOpen ? word("show-less") : link.dataset.more;
    link.ariaExpanded = String(isOpen);
    text.tabIndex = -1;
    if (isOpen) text.focus({ preventScroll: true }); // the rest is read next
    else if (text.getBoundingClientRect().top < 0) text.parentElement.scrollIntoView();
  }

  // A click on the text of a card opens the post, but selecting the text does not.
  let hadSelection = false;
  document.addEventListener("pointerdown", () => (hadSelection = !getSelection().isCollapsed));

  function openByText({ target, detail, pointerType }) {
    const text = target.closest("#feed > .post > .text, #feed > .post > .warned > .text");
    if (!text || detail !== 1 || hadSelection || target.closest("a, .block")) return;
    const open = () => {
      if (getSelection().isCollapsed) text.closest(".post").querySelector(".when a").click();
    };
    if (pointerType === "mouse") setTimeout(open, 250); // it may become a double click
    else open();
  }

  async function openImage(link) {
    try {
      const { show } = await import(site.link("large-image").href);
      show(link);
    } catch {
      location.assign(link.href);
    }
  }

  let closeInvitation = () => {};

  // Signed out: say what signing in is for, and lead back to the post.
  function invite(link) {
    const card = link.closest("article");
    const { pathname, hash } = card.querySelector(".when a");
    const next = pathname + hash;
    const said = card.matches(".comment") ? "sign-in-to-like-comment" : "sign-in-to-like";
    site.invite(said, next);
  }

  site.invite = (text, next) => {
    const more = ["sign-in", "sign-up"].map((name) => site.link(name));
    for (const one of more) one.search = new URLSearchParams({ next });
    closeInvitation();
    closeInvitation = toast(word(text), { seconds: 12, more });
    more[0].focus({ preventScroll: true });
  };

  // Back to the list as it was left, if the reader came from it.
  function goBack(event, link) {
    const { navigation } = window;
    const entries = navigation?.entries().slice(0, navigation.currentEntry.index) ?? [];
    const list = entries.findLast((entry) => new URL(entry.url).pathname === link.pathname);
    if (!list) return;
    event.preventDefault();
    navigation.traverseTo(list.key);
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
    if (!navigator.share) {
      await copy(path);
      return;
    }
    try {
      await navigator.share({ url: new URL(path, location.href).href });
    } catch (error) {
      if (error.name !== "AbortError") await copy(path); // else the reader cancelled
    }
  }

  const instead = (run) => (link, event) => {
    event.preventDefault();
    run(link);
  };
  // What a click on an element with such a data attribute does.
  const ON_CLICK = {
    unfold: instead(toggleFold),
    large: instead(openImage),
    invite: instead(invite),
    back: (link, event) => goBack(event, link),
    copy: ({ dataset }) => copy(dataset.copy),
    share: ({ dataset }) => share(dataset.share),
  };

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
    openByText(event);
    const pressed = event.target.closest(Object.keys(ON_CLICK).map((name) => `[data-${name}]`));
    if (!pressed) return;
    for (const [name, run] of Object.entries(ON_CLICK)) {
      if (name in pressed.dataset) run(pressed, event);
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details[name=more][open]");
    if (event.key === "Escape" && menu) closeMenu(menu);
  });

  // --- Beside the page on wide screens -------------------------------------------------------------

  // Hashtags, people and the date. It is a page of its own, so that no other page depends on it, and
  // only screens with room for it load it. What this tab had last is shown until then.
  const rail = document.getElementById("rail");
  const hasRoom = matchMedia("(min-width: 80rem)");
  let shownRail = null;

  function showRail(html) {
    if (html === shownRail) return;
    shownRail = html;
    rail.replaceChildren(...site.parse(html).body.children);
    rail.querySelector("[data-today]").textContent = weekday.format(new Date());
    rail.hidden = false;
  }

  async function loadRail() {
    if (!hasRoom.matches || shownRail) return;
    const last = kept.session.read("rail");
    if (last?.viewer === site.viewerId) showRail(last.html);
    const reply = await fetch(rail.dataset.rail, { signal: AbortSignal.timeout(20_000) });
    if (!reply.ok) return;
    const html = await reply.text();
    kept.session.write("rail", { viewer: site.viewerId, html });
    showRail(html);
  }

  if (rail) {
    const load = () => loadRail().catch(() => {}); // offline: without it
    hasRoom.addEventListener("change", load);
    load();
  }

  // The script for new comments is for readers who stay on a post's page for some seconds.
  const watchComments = () => import(site.link("new-comments-script").href).catch(() => {});
  if (document.querySelector("[data-new-comments]")) setTimeout(watchComments, 5000);

  site.enhance(document);
}
