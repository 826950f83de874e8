// New comments by others on a post's page: offers them, and on request puts them in at their places
// in the threads. Loaded by reading.js.

const { word } = site;
const POLL_SECONDS = 15;
const IDLE_SECONDS = 60;

const offer = document.querySelector("[data-new-comments]");
const news = document.querySelector("[data-comment-news]");
const list = (page) => page.querySelector("[data-comments]");
const commentsOn = (page) => [...list(page).querySelectorAll(".comment")];
const later = (page) => list(page).querySelector(".pages a");
const COUNT = "article.single a[href$='#comments']";
const count = (page) => Number(page.querySelector(`${COUNT} [data-count]`).dataset.count);

// --- What is new ---------------------------------------------------------------------------------

const seen = new Set(); // ids of comments that were on this page
const muted = new Map(); // by id, of comments
let found = null; // the page that was looked at last

function note() {
  for (const { id } of commentsOn(document)) seen.add(id);
}

async function learnMuted(ids) {
  const unknown = ids.filter((id) => !muted.has(id));
  if (!site.viewer || !unknown.length) return;
  const link = site.link("viewer-comments");
  link.search = new URLSearchParams({ ids: unknown });
  const reply = await fetch(link.href);
  if (!reply.ok) return; // the session has ended: no author is muted
  const viewer = await reply.json();
  for (const id of unknown) muted.set(id, viewer.muted.includes(id));
}

async function newOn(page) {
  const others = commentsOn(page).filter(
    (one) => !seen.has(one.id) && one.dataset.author !== site.viewer,
  );
  await learnMuted(others.map(({ dataset }) => dataset.comment));
  return others.filter(({ dataset }) => !muted.get(dataset.comment));
}

// Later pages of comments are in no cache, so the first one is asked, whose count shows a change.
let known = count(document);

async function take(reply) {
  note();
  let page = site.parse(await reply.text());
  if (location.search) {
    if (count(page) === known) return;
    known = count(page);
    page = await site.fetchPage(location.href);
  }
  found = page;
  const fresh = await newOn(page);
  const isMore = later(page) !== null && count(page) > count(document);
  offerNews(isMore ? count(page) - count(document) : fresh.length);
}

function offerNews(n) {
  const text = n ? word("new-comments", { n }) : "";
  if (news.textContent !== text) news.textContent = text;
  if (n) offer.textContent = text;
  offer.hidden = !n;
}

// --- Putting them in -----------------------------------------------------------------------------

const isForm = (one) => one?.matches("form") ?? false;

// A reader may be in it: it has focus, an open menu or editor, or the form of a reply below it.
const isInUse = (comment) =>
  comment.hidden ||
  comment.contains(document.activeElement) ||
  comment.querySelector("form.editing, [open]") !== null ||
  isForm(comment.nextElementSibling);

// The form of a reply stays directly below the comment that it answers.
function putAfter(comment, added) {
  const form = comment.nextElementSibling;
  (isForm(form) ? form : comment).after(added);
}

function freshen(comment, now) {
  if (isInUse(comment)) return comment;
  comment.replaceWith(now);
  site.enhance(now);
  return now;
}

function addReplies(thread, now) {
  const replies = now.querySelectorAll(".replies > .comment");
  let box = thread.querySelector(".replies");
  if (replies.length && !box) {
    box = Object.assign(document.createElement("div"), { className: "replies" });
    thread.append(box);
  }
  let before = null;
  for (const reply of replies) {
    const here = document.getElementById(reply.id);
    if (here) before = box.contains(here) ? freshen(here, reply) : before;
    else {
      if (before) putAfter(before, reply);
      else box.prepend(reply);
      before = reply;
    }
  }
}

function addThreads(page) {
  let before = null;
  for (const now of list(page).querySelectorAll(":scope > .thread")) {
    const first = now.querySelector(".comment");
    const here = document.getElementById(first.id);
    let thread = here?.closest(".thread");
    if (thread) {
      freshen(here, first);
      addReplies(thread, now);
    } else {
      // Its replies are here if its author is active again.
      for (const { id } of now.querySelectorAll(".comment")) document.getElementById(id)?.remove();
      if (before) before.after(now);
      else list(document).prepend(now);
      thread = now;
    }
    before = thread;
  }
}

function removeDeleted(page) {
  for (const comment of commentsOn(document)) {
    if (!page.getElementById(comment.id) && !isInUse(comment)) comment.remove();
  }
  for (const thread of list(document).querySelectorAll(".thread:not(:has(.comment, form))")) {
    thread.remove();
  }
}

// Returns the comments that were not here before.
function insert(page) {
  const before = new Set(commentsOn(document).map(({ id }) => id));
  for (const part of ["#comments-title", COUNT]) {
    document.querySelector(part).replaceChildren(...page.querySelector(part).cloneNode(true).childNodes);
  }
  const pages = later(page)?.closest("nav").cloneNode(true);
  removeDeleted(page);
  addThreads(page);
  list(document).querySelector(".none")?.remove();
  if (pages && !later(document)) list(document).append(pages);
  const fresh = commentsOn(document).filter(({ id }) => !before.has(id));
  for (const comment of fresh) {
    comment.classList.add("fresh");
    site.enhance(comment);
  }
  return fresh;
}

async function show() {
  if (offer.ariaDisabled === "true") return;
  offer.ariaDisabled = "true"; // not disabled: focus would be lost
  offer.textContent = word("loading");
  try {
    // Signed out, it is what was found, since another server may be a second behind.
    const page = site.viewer ? await site.fetchPage(location.href) : found;
    note();
    const fresh = insert(page);
    offerNews(0);
    const first = fresh.find((one) => !one.hidden);
    if (first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
      first.scrollIntoView({ block: "center" });
    } else if (later(document)) location.assign(later(document).href);
  } catch {
    site.toast(word("comments-not-loaded"), { error: true });
    offer.textContent = news.textContent;
  } finally {
    offer.ariaDisabled = null;
  }
}

note();
offer.addEventListener("click", show);
site.poll(location.pathname, take, POLL_SECONDS, IDLE_SECONDS);
