"use strict";
// What signed-in readers do on every page: mute an author in place, sign in again in another tab.

{
  const { word, toast } = site;
  const { Refused, explain, renewToken } = writing;

  // --- Muting ------------------------------------------------------------------------------------

  const all = () => [...document.querySelectorAll("article.post:not(.single), article.comment")];
  const cardsOf = (author) => all().filter((card) => card.dataset.author === author);

  async function request(form, action) {
    const body = new FormData(form);
    body.set("action", action);
    const signal = AbortSignal.timeout(20_000);
    const reply = await fetch(form.getAttribute("action"), { method: "POST", body, signal });
    const isSignIn = new URL(reply.url).pathname === site.link("sign-in").pathname;
    if (isSignIn) throw Object.assign(new Error("signed out"), { status: 401 });
    if (!reply.ok) throw new Refused(reply);
    return site.parse(await reply.text()).querySelector("[data-message]")?.textContent.trim();
  }

  const send = (form, action) =>
    request(form, action).catch(async (error) => {
      if (error.status === 403 && (await renewToken())) return request(form, action);
      throw error;
    });

  function hide(cards, isHidden) {
    for (const card of cards) card.hidden = isHidden;
    site.list?.number();
  }

  // The next card takes the place of the one that was muted. On a post's own page, the post stays.
  function fold(card, cards) {
    const { top } = card.getBoundingClientRect();
    if (card.matches(".single")) {
      hide(cards, true);
      return;
    }
    const later = all().slice(all().indexOf(card) + 1);
    const next = later.find((one) => !cards.includes(one) && one.checkVisibility()) ?? site.main();
    hide(cards, true);
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    if (next === site.main()) return;
    scrollBy({ top: next.getBoundingClientRect().top - top, behavior: "instant" });
  }

  async function mute(form, byKey) {
    const card = form.closest("article");
    const cards = cardsOf(card.dataset.author).filter((one) => !one.hidden);
    card.ariaBusy = "true";
    try {
      const said = await send(form, "mute");
      form.parentElement.hidden = true;
      fold(card, cards);
      const undo = site.button(word("undo"), () => {
        close();
        unmute(form, cards);
      });
      const close = toast(said ?? word("muted"), { seconds: byKey ? 12 : 6, more: [undo] });
      if (byKey) undo.focus();
    } catch (error) {
      explain(error);
    } finally {
      card.ariaBusy = null;
    }
  }

  async function unmute(form, cards) {
    try {
      await send(form, "unmute");
      form.parentElement.hidden = false;
      hide(cards, false);
      form.closest("article").focus({ preventScroll: true });
      form.closest("article").scrollIntoView({ block: "nearest" });
    } catch (error) {
      explain(error);
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // An author's page shows the posts all the same, and says that the author is muted.
    const isAuthorPage = document.querySelector("[data-feed=author]");
    if (event.submitter?.value !== "mute" || !form.closest("article") || isAuthorPage) return;
    event.preventDefault();
    if (form.closest("article").ariaBusy === "true") return;
    mute(form, document.activeElement.matches(":focus-visible"));
  });

  // --- Signing in again --------------------------------------------------------------------------

  // "You are signed out" goes when the same account has signed in in another tab.
  async function noticeSignIn() {
    const note = document.querySelector("#toasts .toast:has([data-word=sign-in])");
    if (document.hidden || !note || !site.viewer) return;
    if (await renewToken()) note.querySelector("button").click();
  }
  document.addEventListener("visibilitychange", noticeSignIn);
  addEventListener("focus", noticeSignIn);
}
