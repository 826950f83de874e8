"use strict";
// Actions of a signed-in user on posts and comments without leaving the page: like, edit, delete.
// They show at once; what the server refuses is undone, and the reason is shown.

const writing = (() => {
  const { word, toast } = site;

  class Refused extends Error {
    constructor(reply, detail = "") {
      super(`${reply.status} from ${reply.url}`);
      this.status = reply.status;
      this.seconds = Number(reply.headers.get("Retry-After")) || 60;
      this.detail = detail;
    }
  }

  const tokens = () => [...document.querySelectorAll("input[name=csrfmiddlewaretoken]")];

  // Signing in again in another tab ends the CSRF token of this page. The same user gets a new one by
  // loading the page; for another user it is not renewed.
  async function renewToken() {
    const page = await site.fetchPage(location.href).catch(() => null);
    const token = page?.querySelector("input[name=csrfmiddlewaretoken]")?.value;
    if (!token || page.documentElement.dataset.viewer !== site.viewer) return false;
    for (const input of tokens()) input.value = token;
    return true;
  }

  function request(method, url, body, keepalive) {
    const headers = { "X-CSRFToken": tokens()[0]?.value ?? "" };
    if (body) headers["Content-Type"] = "application/json";
    const signal = keepalive ? undefined : AbortSignal.timeout(20_000);
    return fetch(url, { method, headers, keepalive, signal, body: body && JSON.stringify(body) });
  }

  // Calls the API and returns its answer. Throws Refused.
  async function call(method, url, { body, keepalive = false } = {}) {
    let reply = await request(method, url, body, keepalive);
    if (reply.status === 403 && (await renewToken())) reply = await request(method, url, body);
    const isJSON = reply.headers.get("Content-Type")?.includes("json");
    const answer = isJSON ? await reply.json() : null;
    const detail = reply.status === 400 ? answer?.errors?.[0]?.detail : answer?.code && answer.detail;
    if (!reply.ok) throw new Refused(reply, detail);
    return answer;
  }

  const SENTENCES = { 401: "signed-out", 403: "not-allowed", 404: "gone", 413: "too-large" };

  function reason({ status, seconds, detail, isStopped }) {
    if (isStopped) return word("stopped");
    if (status === 429) return word("too-many", { n: seconds });
    if (status >= 500) return detail || word("trouble");
    if (status) return detail || word(SENTENCES[status] ?? "trouble");
    return word(navigator.onLine ? "no-answer" : "offline");
  }

  // What a writer may do who got no answer: the key of the form makes it safe.
  const rest = ({ status, isStopped }) =>
    word(status || isStopped || !navigator.onLine ? "kept" : "kept-send-again");

  // Shows why it failed: `action` was not done, or without it, a text was not sent. A signed-out user
  // also gets a link that signs in, in another tab.
  function explain(error, action = "") {
    const isOut = error.status === 401;
    const more = isOut ? [Object.assign(site.signInLink(), { target: "_blank" })] : [];
    const said = action ? `${action} ${reason(error)}` : `${reason(error)} ${rest(error)}`;
    toast(said, { error: true, seconds: isOut ? 0 : 12, more });
  }

  // Seconds for which an undo is offered. Reaching it by keyboard takes longer.
  const undoSeconds = (event) => (event.detail ? 6 : 12);

  return { Refused, call, renewToken, explain, undoSeconds };
})();

{
  const { word, toast, plain, kept } = site;
  const { call, explain, undoSeconds } = writing;

  // --- Likes -------------------------------------------------------------------------------------

  const wanted = new Map(); // by address: what was pressed last, while a call is under way

  function showLike(button, liked, count) {
    const figure = button.querySelector("[data-count]");
    button.classList.toggle("liked", liked);
    button.value = liked ? "unlike" : "like";
    button.ariaPressed = String(liked);
    figure.dataset.count = figure.textContent = count;
  }

  async function like(form) {
    const button = form.querySelector("button");
    const url = `/api${form.getAttribute("action")}`; // .action is the button of that name
    let liked = button.value === "unlike";
    let count = Number(button.querySelector("[data-count]").dataset.count);
    const isUnderWay = wanted.has(url);
    wanted.set(url, !liked);
    showLike(button, !liked, count + (liked ? -1 : 1));
    if (isUnderWay) return; // the call that is out sees to it
    try {
      while (liked !== wanted.get(url)) {
        const answer = await call(wanted.get(url) ? "PUT" : "DELETE", url);
        ({ liked, likes_count: count } = answer);
      }
    } catch (error) {
      explain(error, word("not-liked"));
    }
    wanted.delete(url);
    showLike(button, liked, count);
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-like]")) return;
    event.preventDefault();
    like(event.target);
  });
  // The second click of a double click would remove the like.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("[data-like] button")) event.preventDefault();
  });

  // --- Deleting ----------------------------------------------------------------------------------

  // Deleted on this page, but maybe not on the server yet: card id to URL. Kept for the next page,
  // which may have been rendered before the deletion.
  const leaving = new Map(Object.entries(kept.session.read("leaving") ?? {}));
  const undoable = new Map(); // by the card's id, how its undo ends

  function keep(id, url) {
    if (url) leaving.set(id, url);
    else leaving.delete(id);
    kept.session.write("leaving", Object.fromEntries(leaving));
  }

  function neighbour(card) {
    const all = [...document.querySelectorAll("article.post, article.comment")];
    const at = all.indexOf(card);
    const others = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
    return others.find((one) => one.checkVisibility()) ?? site.main();
  }

  function remove(card, event) {
    const { comment, post } = card.dataset;
    const { id } = card;
    const seconds = undoSeconds(event);
    const next = neighbour(card);
    card.hidden = true;
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    keep(id, comment ? `/api/comments/${comment}/` : `/api/posts/${post}/`);
    const undo = site.button(word("undo"), () => {
      endUndo(id);
      putBack(card);
    });
    const said = word(comment ? "comment-deleted" : "post-deleted");
    const endToast = toast(said, { seconds, more: [undo] });
    const timer = setTimeout(() => send(id), seconds * 1000);
    undoable.set(id, () => {
      clearTimeout(timer);
      endToast();
    });
    if (!event.detail) undo.focus(); // pressed by a key: the next one can take it back
  }

  function endUndo(id) {
    undoable.get(id)?.();
    undoable.delete(id);
  }

  function putBack(card) {
    keep(card.id, null);
    card.hidden = false;
    card.tabIndex = -1;
    card.focus();
  }

  async function send(id) {
    endUndo(id);
    const card = document.getElementById(id);
    try {
      await call("DELETE", leaving.get(id));
    } catch (error) {
      if (error.status !== 404) {
        if (card) putBack(card);
        explain(error, word("not-deleted"));
        return;
      }
    }
    keep(id, null);
    card?.remove();
  }

  // After leaving the page there is no undo. The next page checks whether the deletion arrived.
  function sendAll() {
    for (const id of undoable.keys()) {
      endUndo(id);
      call("DELETE", leaving.get(id), { keepalive: true }).catch(() => {});
    }
  }
  addEventListener("beforeunload", sendAll);
  addEventListener("pagehide", sendAll);

  // The URL of what the viewer may do with a post. The page has it, since another app serves it.
  function viewerPath(post) {
    const link = site.link("viewer-posts");
    link.search = new URLSearchParams({ ids: post });
    return link.href;
  }

  // Finishes a deletion that began on the page before; mostly it is done already.
  async function goOn(id) {
    const card = document.getElementById(id);
    if (card) card.hidden = true;
    const { post } = card?.dataset ?? {};
    const viewer = post && (await call("GET", viewerPath(post)).catch(() => null));
    if (card && (!viewer || viewer.editable.includes(post))) await send(id);
    else {
      keep(id, null);
      card?.remove();
    }
  }
  const goOnAll = () => [...leaving.keys()].filter((id) => !undoable.has(id)).forEach(goOn);
  document.addEventListener("visibilitychange", () => (document.hidden ? sendAll() : goOnAll()));
  goOnAll();

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-delete]");
    // On the page of the post, the form deletes it, since that page disappears.
    if (!link?.closest("#feed, .comment") || !plain(event)) return;
    event.preventDefault();
    remove(link.closest("[data-comment], [data-post]"), event);
  });
}
