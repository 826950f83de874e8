"use strict";
// Keyboard shortcuts of one key, except while the reader types or if they are switched off; and the
// button that leads to the form for a new post.

{
  const { plain, kept } = site;
  const help = document.getElementById("help");

  const isTyping = (at) => at.isContentEditable || at.matches("input, textarea, select");
  const CARDS = "article.post, article.comment";
  const held = () => document.activeElement.closest(CARDS);

  // The current card: the one with focus, else the first that begins in the upper half of the
  // window, else the long one that fills the window. Reads the place of each card, so it is only for
  // the first key.
  function current() {
    if (held()) return held();
    const header = document.querySelector(".masthead")?.offsetHeight ?? 0;
    const shown = [...document.querySelectorAll(CARDS)].filter((card) => card.checkVisibility());
    const places = shown.map((card) => [card, card.getBoundingClientRect()]);
    const begins = places.find(([, { top }]) => top >= header && top < innerHeight / 2);
    return (begins ?? places.find(([, { bottom }]) => bottom > header))?.[0];
  }

  function show(card) {
    if (card.tabIndex !== -1) card.tabIndex = -1;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  // The nearest visible card above (-1) or below (1). Asks the cards between, and no others: with
  // 400 posts, asking each takes longer than all the rest.
  function neighbour(card, by) {
    const all = [...document.querySelectorAll(CARDS)];
    let at = all.indexOf(card) + by;
    while (all[at] && !all[at].checkVisibility()) at += by;
    return all[at];
  }

  async function step(by) {
    const from = held();
    if (!from) {
      const card = current();
      if (card) show(card);
      return;
    }
    let card = neighbour(from, by);
    if (!card && by > 0 && (await site.list?.loadOlder())) card = neighbour(from, by);
    if (card) show(card);
  }

  function like() {
    current()?.querySelector("[data-like] button, [data-invite]")?.click();
  }

  const openWarning = () => current()?.querySelector(".warned > summary")?.click();
  const composer = document.querySelector("[data-draft=post]");

  function write() {
    const page = site.link("new-post");
    if (!site.viewer) site.invite("sign-in-to-write", page.pathname);
    else if (!composer) location.assign(page.href);
    else {
      const text = composer.querySelector("textarea");
      text.focus({ preventScroll: true });
      text.scrollIntoView({ block: "center" });
    }
  }

  function search() {
    const field = document.getElementById("search");
    field?.focus();
    field?.select();
  }

  // The time of a post links to its page.
  const open = () => current()?.querySelector(".when a")?.click();

  // Enter opens the card only if the card itself has focus, and no element inside it.
  const enter = () => document.activeElement.matches("#feed > article") && open();

  function showNews() {
    const offer = document.querySelector("[data-new-posts], [data-new-comments]");
    if (offer?.checkVisibility()) offer.click();
  }

  const showHelp = () => help.showModal();

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    l: like,
    n: write,
    o: open,
    x: openWarning,
    Enter: enter,
    ".": showNews,
    "/": search,
    "?": showHelp,
  };
  const areOn = () => kept.local.read("keys") !== false;

  // A keyboard user cannot tab to the end of an endless list, so keys lead past it.
  function leave(key) {
    const list = document.getElementById("feed");
    const all = [...document.querySelectorAll("a[href], button, input, textarea, summary")];
    const outside = all.filter((one) => !one.closest("#feed, #pages") && one.checkVisibility());
    const after = (one) =>
      list.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    const to = key === "End" ? outside.find(after) : outside.findLast((one) => !after(one));
    to?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.isComposing || isTyping(target)) return;
    if (event.ctrlKey && (key === "End" || key === "Home") && target.closest("#feed")) {
      event.preventDefault();
      leave(key);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
    if (!Object.hasOwn(KEYS, key) || document.querySelector("dialog[open]")) return;
    // The focused element handles Enter itself.
    if (key !== "Enter") event.preventDefault();
    KEYS[key]();
  });

  // --- The button for a new post, and messages, while the reader types -----------------------------

  const button = document.querySelector("[data-write]");
  const toasts = document.getElementById("toasts");
  let isComposerSeen = false;

  // A selector with :has() would do this too, and look through all posts whenever the focus moves.
  function followFocus() {
    const at = document.activeElement;
    if (button) button.hidden = isComposerSeen || isTyping(at);
    toasts.classList.toggle("above", at.closest(".comments .form") !== null);
  }
  document.addEventListener("focusin", followFocus);
  document.addEventListener("focusout", () => setTimeout(followFocus)); // when the focus has moved

  const seen = new IntersectionObserver(([{ isIntersecting }]) => {
    isComposerSeen = isIntersecting;
    followFocus();
  });
  if (composer) seen.observe(composer);

  button?.addEventListener("click", (event) => {
    if (!plain(event)) return;
    event.preventDefault();
    write();
  });

  // --- The list of keys --------------------------------------------------------------------------

  for (const opener of document.querySelectorAll("[data-help]")) {
    opener.hidden = false;
    opener.addEventListener("click", (event) => plain(event) && showHelp());
  }
  const choice = help?.querySelector("[data-keys]");
  if (choice) {
    choice.checked = areOn();
    choice.addEventListener("change", () => kept.local.write("keys", choice.checked ? null : false));
  }
}
