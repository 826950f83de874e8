"use strict";
// The list of posts. Older posts are added when its end comes near, newer ones on request. After
// going back in the history, it is as the reader left it.

{
  const { kept } = site;
  const list = document.getElementById("feed");

  const cards = () => [...list.querySelectorAll(":scope > article")];
  const top = () => cards()[0]?.dataset.at ?? "";

  // Cards that are far from the window are not drawn: in a list of 400, drawing takes most of the
  // time after each key. Near ones have no containment, which would cut off their menus.
  const far = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        target.toggleAttribute("data-far", !isIntersecting);
      }
    },
    { rootMargin: "200% 0px" },
  );

  // Screen readers announce the positions. The total is unknown (setsize -1).
  function number() {
    cards().forEach((card, place) => {
      if (card.ariaPosInSet !== String(place + 1)) card.setAttribute("aria-posinset", place + 1);
      far.observe(card);
    });
    site.markDays(cards());
  }

  // --- Older posts -----------------------------------------------------------------------------

  const older = () => document.querySelector("#pages [data-older]");
  let opened = 0; // older pages that this one has taken in
  let loading = null; // the promise of the next

  const near = new IntersectionObserver(
    (seen) => seen.some((entry) => entry.isIntersecting) && loadOlder(),
    { rootMargin: "0px 0px 1000px 0px" },
  );

  function watchTheEnd() {
    near.disconnect();
    const link = older();
    if (link && !navigator.connection?.saveData) near.observe(link);
  }

  // Resolve to whether posts were added. Calls during a request share it.
  function loadOlder() {
    loading ??= askForOlder().finally(() => (loading = null));
    return loading;
  }

  async function askForOlder() {
    const link = older();
    if (!link) return false;
    const nav = link.closest("nav");
    const known = new Set(cards().map((card) => card.id));
    const isHeld = nav.contains(document.activeElement);
    list.ariaBusy = "true";
    if (isHeld) site.say(site.word("loading"));
    const page = await site.fetchPage(link.href).catch(() => null);
    list.ariaBusy = "false";
    const following = page?.getElementById("pages");
    if (!following) {
      showTrouble(nav, link);
      return false;
    }
    opened += 1;
    manual();
    const added = [...page.querySelectorAll("#feed > article")];
    list.append(...added);
    nav.replaceWith(following);
    take(added, known, isHeld);
    return true;
  }

  function take(added, known, isHeld) {
    // Cursors never repeat a post, but a post whose author is active again may be here already.
    const fresh = added.filter((card) => !known.has(card.id) || card.remove());
    fresh.forEach(site.enhance);
    number();
    if (isHeld) (fresh.find((card) => !card.hidden) ?? cards().at(-1))?.focus();
    if (!older()) site.say(site.word("the-end"));
    watchTheEnd();
  }

  function showTrouble(nav, link) {
    near.disconnect(); // it would try again, and again
    nav.querySelector(".trouble")?.remove();
    const trouble = document.createElement("p");
    trouble.className = "trouble";
    trouble.textContent = site.word("older-trouble");
    nav.prepend(trouble);
    link.textContent = site.word("try-again");
    site.say(trouble.textContent);
  }

  function followTheEnd() {
    document.addEventListener("click", (event) => {
      if (!event.target.closest("#pages [data-older]") || !site.plain(event)) return;
      event.preventDefault();
      loadOlder();
    });
    addEventListener("online", () => document.querySelector("#pages .trouble") && loadOlder());
  }

  // --- Newer posts -----------------------------------------------------------------------------

  const MAX_PAGES = 5;

  // Resolve to the cards that are newer than those of this page, from as many pages as needed, so
  // that none is missed; or to null if there are too many, and loading the page anew is better.
  async function fetchNewer(page) {
    const from = top();
    const newer = [];
    for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
      const found = [...page.querySelectorAll("#feed > article")];
      newer.push(...found.filter((card) => card.dataset.at > from));
      const next = page.querySelector("#pages [data-older]");
      if (!next || found.some((card) => card.dataset.at <= from)) return newer;
      page = await site.fetchPage(next.getAttribute("href"));
    }
    return null;
  }

  async function insertNewer(page) {
    const newer = await fetchNewer(page);
    if (newer === null) {
      location.assign(location.pathname);
      return [];
    }
    const fresh = newer.filter((card) => !document.getElementById(card.id));
    list.prepend(...fresh);
    if (fresh.length) document.querySelector(".empty")?.remove();
    if (list.dataset.label) Object.assign(list, { role: "feed", ariaLabel: list.dataset.label });
    fresh.forEach(site.enhance);
    number();
    return fresh;
  }

  // Focus the first new card, or the first one of `author`.
  async function showNewer(page, author = null) {
    const fresh = await insertNewer(page ?? (await site.fetchPage(location.pathname)));
    fresh.forEach((card) => card.classList.add("fresh"));
    const first = fresh.find((card) => !card.hidden && (!author || card.dataset.author === author));
    first?.focus({ preventScroll: true });
    // One's own post is below the form, which stays in view.
    const form = author && document.querySelector(".compose");
    if (form) form.scrollIntoView({ block: "nearest" });
    else first?.scrollIntoView({ block: "start" });
  }

  // --- News: "3 new posts" -----------------------------------------------------------------------

  const offer = document.querySelector("[data-new-posts]");
  const news = document.querySelector("[data-news]");
  let muted = new Map(); // by id, of the new posts

  async function takeAnswer(reply) {
    const { posts, next } = await reply.json();
    const from = top();
    const newer = posts.filter((post) => post.created_at > from);
    const others = newer.filter((post) => post.user.username !== site.viewer);
    await learnMuted(others.map((post) => post.id));
    const shown = others.filter((post) => !muted.get(post.id));
    offerNews(shown.length, newer.length === posts.length && next);
  }

  async function learnMuted(ids) {
    const unknown = ids.filter((id) => !muted.has(id));
    if (!site.viewer || !unknown.length) return;
    const reply = await fetch(`/api/viewer/posts/?ids=${unknown}`);
    if (!reply.ok) return; // the session has ended: no author is muted
    const viewer = await reply.json();
    for (const id of unknown) muted.set(id, viewer.muted?.includes(id) ?? false);
  }

  function offerNews(n, more = false) {
    const text = n ? site.word(more ? "new-posts-more" : "new-posts", { n }) : "";
    if (news.textContent !== text) news.textContent = text;
    if (n) offer.textContent = text;
    offer.hidden = !n;
  }

  async function takeNews() {
    if (offer.ariaDisabled === "true") return;
    offer.ariaDisabled = "true"; // not disabled: focus would be lost
    offer.textContent = site.word("loading");
    try {
      await showNewer();
      offerNews(0);
    } catch {
      site.toast(site.word("not-loaded"), { error: true });
      offer.textContent = news.textContent;
    } finally {
      offer.ariaDisabled = null;
    }
  }

  function watchForNews() {
    offer.addEventListener("click", takeNews);
    site.poll(list.dataset.poll, takeAnswer, Number(list.dataset.pollSeconds ?? 15));
  }

  // --- Coming back -----------------------------------------------------------------------------

  const place = `place:${location.pathname}${location.search}`;
  const header = () => document.querySelector(".masthead")?.offsetHeight ?? 0;

  // The browser restores a scroll position without the older pages that were added.
  const manual = () => (history.scrollRestoration = "manual");

  function remember() {
    const card = cards().find((one) => one.getBoundingClientRect().bottom > header());
    if (!card) return;
    const held = document.activeElement.matches(":focus-visible") && document.activeElement;
    kept.session.write(place, {
      opened,
      id: card.id,
      top: scrollY < 100 ? null : card.getBoundingClientRect().top,
      held: (held && held.closest("#feed > article")?.id) ?? null,
    });
  }

  function returnTo({ id, top: was, held }) {
    const card = document.getElementById(id);
    if (card && was !== null) {
      scrollBy({ top: card.getBoundingClientRect().top - was, behavior: "instant" });
    }
    if (held && document.activeElement === document.body) {
      document.getElementById(held)?.focus({ preventScroll: true });
    }
  }

  // It is not while the page is too short to scroll so far.
  function isAt({ id, top: was }) {
    const card = document.getElementById(id);
    return card && (was === null || Math.abs(card.getBoundingClientRect().top - was) < 2);
  }

  // A browser that goes back shows the page as it was, without later likes, edits and deletions. So
  // the cards of `before` are replaced in place by those of the same page as it is now. Only the
  // last page has cards that are older than its last one.
  function freshen(page, before) {
    const found = new Map(
      [...page.querySelectorAll("#feed > article")].map((card) => [card.id, card]),
    );
    const isLast = !page.querySelector("#pages [data-older]");
    const last = isLast ? "" : [...found.values()].at(-1)?.dataset.at;
    for (const card of before) {
      const now = found.get(card.id)?.cloneNode(true);
      if (!now && card.dataset.at >= last) card.remove();
      if (!now || card.contains(document.activeElement)) continue;
      card.replaceWith(now);
      site.enhance(now);
    }
    const empty = page.querySelector(".empty");
    if (!cards().length && empty && !document.querySelector(".empty")) list.before(empty);
    number();
  }

  // Cards that are added while the page is asked for are newer than its answer.
  async function fetchAnew() {
    const before = cards();
    const page = await site.fetchPage(location.href);
    freshen(page, before);
    return page;
  }

  async function comeBack(was) {
    returnTo(was);
    try {
      await insertNewer(await fetchAnew());
    } catch {
      // offline: the old cards stay
    }
    returnTo(was);
    while (!isAt(was) && opened < was.opened && (await loadOlder())) returnTo(was);
  }

  function begin() {
    if (site.isBack) manual();
    addEventListener("pagehide", remember);
    document.addEventListener("visibilitychange", () => document.hidden && remember());
    addEventListener("pageshow", (event) => {
      if (event.persisted) fetchAnew().catch(() => {}); // offline: the old cards stay
    });

    site.list = { loadOlder, showNewer, number };
    number();
    followTheEnd();
    if (list.dataset.poll) watchForNews();
    const was = site.isBack ? kept.session.read(place) : null;
    Promise.resolve(was && comeBack(was)).finally(watchTheEnd);
  }

  if (list) begin();
}
