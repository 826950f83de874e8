"use strict";
// Keyboard shortcuts of one key, except while the reader types or if they are switched off.

{
  const { plain, kept } = site;
  const help = document.getElementById("help");

  const isTyping = (at) => at.isContentEditable || at.matches("input, textarea, select");
  const shown = () =>
    [...document.querySelectorAll("article.post, article.comment")].filter((card) =>
      card.checkVisibility(),
    );

  // The current card: the one with focus, else the first that begins in the upper half of the
  // window, else the long one that fills the window.
  function current() {
    const held = document.activeElement.closest("article.post, article.comment");
    if (held) return held;
    const header = document.querySelector(".masthead")?.offsetHeight ?? 0;
    const places = shown().map((card) => [card, card.getBoundingClientRect()]);
    const begins = places.find(([, { top }]) => top >= header && top < innerHeight / 2);
    return (begins ?? places.find(([, { bottom }]) => bottom > header))?.[0];
  }

  function show(card) {
    card.tabIndex = -1;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  async function step(by) {
    const held = document.activeElement.closest("article.post, article.comment");
    const place = held ? shown().indexOf(held) + by : shown().indexOf(current());
    if (place === shown().length && !(await site.list?.loadOlder())) return;
    const card = shown()[place];
    if (card) show(card);
  }

  function like() {
    current()?.querySelector("[data-like] button, [data-invite]")?.click();
  }

  const openWarning = () => current()?.querySelector(".warned > summary")?.click();

  function write() {
    const text = document.querySelector("[data-draft=post] textarea");
    if (!text) {
      location.assign(site.link("new-post").href);
      return;
    }
    text.focus();
    text.scrollIntoView({ block: "center" });
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
