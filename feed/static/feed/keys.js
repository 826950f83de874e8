"use strict";
// The keyboard: single keys, unless somebody types, or has turned them off.

{
  const { word, toast, plain } = site;
  const help = document.getElementById("help");

  const isTyping = (at) => at.isContentEditable || at.matches("input, textarea, select");
  const shown = () =>
    [...document.querySelectorAll("article.post, article.comment")].filter((card) =>
      card.checkVisibility(),
    );

  // Where the reader is: the card with focus, or else the first one that begins in the upper half
  // of what is seen, or the long one that fills it.
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
    const card = current();
    const button = card?.querySelector("[data-like] button");
    if (button) button.click();
    else if (card && !site.viewer) toast(word("sign-in-to-like"), { more: [site.signInLink()] });
  }

  function write() {
    const text = document.querySelector("[data-draft=post-new] textarea");
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

  // The link of its time leads to the post.
  const open = () => current()?.querySelector(".when a")?.click();

  // Enter opens the card that has focus itself, and not what is inside it.
  const enter = () => document.activeElement.matches("#feed > article") && open();

  function showNews() {
    const offer = document.querySelector("[data-new-posts]");
    if (offer?.checkVisibility()) offer.click();
  }

  const showHelp = () => help.showModal();

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    l: like,
    n: write,
    o: open,
    Enter: enter,
    ".": showNews,
    "/": search,
    "?": showHelp,
  };
  const areOn = () => kept.local.read("keys") !== false;

  // What a list that never ends takes from the keyboard: a way past it.
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
    // What has focus answers to Enter by itself.
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
