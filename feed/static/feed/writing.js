"use strict";
// What who is signed in does with posts and comments, at once and without leaving the page: like,
// edit, delete. What the server says no to is put back, and said.

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

  // Signing in again, in another tab, ends the token that this page was made with. The same person
  // gets the new one from the page as it is now; for anybody else, this is not their page.
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

  // A call of the API; what it answers. Raises Refused.
  async function call(method, url, { body, keepalive = false } = {}) {
    let reply = await request(method, url, body, keepalive);
    if (reply.status === 403 && (await renewToken())) reply = await request(method, url, body);
    const isJSON = reply.headers.get("Content-Type")?.includes("json");
    const answer = isJSON ? await reply.json() : null;
    if (!reply.ok) throw new Refused(reply, answer?.errors?.[0]?.detail);
    return answer;
  }

  const SENTENCES = { 404: "gone", 403: "not-allowed", 413: "too-large" };

  // Why it was not done, in words; who is signed out gets the way back in.
  function explain(error, before = "") {
    const { status, seconds, detail } = error;
    const isOut = status === 401;
    const reason = isOut
      ? word("signed-out")
      : status === 429
        ? word("too-many", { n: seconds })
        : status >= 500
          ? word("trouble")
          : detail || word(SENTENCES[status] ?? (navigator.onLine ? "no-answer" : "offline"));
    const signIn = isOut ? [Object.assign(site.signInLink(), { target: "_blank" })] : [];
    const text = before ? `${before} ${reason}` : reason;
    toast(text, { error: true, seconds: isOut ? 0 : 12, more: signIn });
  }

  // How long an undo is offered. By the keyboard it takes longer to get there.
  const undoSeconds = (event) => (event.detail ? 6 : 12);

  return { Refused, call, renewToken, explain, undoSeconds };
})();

{
  const { word, toast, plain } = site;
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
    const url = `/api${new URL(form.action).pathname}`;
    const before = { liked: button.value === "unlike", count: Number(button.querySelector("[data-count]").dataset.count) };
    const isUnderWay = wanted.has(url);
    wanted.set(url, !before.liked);
    showLike(button, !before.liked, before.count + (before.liked ? -1 : 1));
    if (isUnderWay) return; // the call that is out sees to it
    try {
      let answer;
      do {
        const liked = wanted.get(url);
        answer = { sent: liked, ...(await call(liked ? "PUT" : "DELETE", url)) };
      } while (answer.sent !== wanted.get(url));
      showLike(button, answer.liked, answer.likes_count);
    } catch (error) {
      showLike(button, before.liked, before.count);
      explain(error, word("not-liked"));
    } finally {
      wanted.delete(url);
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-like]")) return;
    event.preventDefault();
    like(event.target);
  });
  // Of a double click, the second would take the like back.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("[data-like] button")) event.preventDefault();
  });

  // --- Deleting ----------------------------------------------------------------------------------

  // What was deleted here and may not have reached the server: by element, its address. Kept for
  // the page that comes next, which may have been made before the deletion arrived.
  const leaving = new Map(Object.entries(kept.session.read("leaving") ?? {}));
  const timers = new Map();
  const keepLeaving = () => kept.session.write("leaving", Object.fromEntries(leaving));

  function neighbour(card) {
    const all = [...document.querySelectorAll("article.post, article.comment")];
    const at = all.indexOf(card);
    const others = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
    return others.find((one) => one.checkVisibility()) ?? site.main();
  }

  function remove(link, event) {
    const card = link.closest("[data-comment], [data-post]");
    const { comment, post } = card.dataset;
    const url = comment ? `/api/comments/${comment}/` : `/api/posts/${post}/`;
    const next = neighbour(card);
    const seconds = undoSeconds(event);
    const undo = site.button(word("undo"), () => {
      end();
      putBack(card);
    });
    card.hidden = true;
    leaving.set(card.id, url);
    keepLeaving();
    timers.set(card.id, setTimeout(() => sendDeletion(card.id), seconds * 1000));
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    const end = toast(word(comment ? "comment-deleted" : "post-deleted"), { seconds, more: [undo] });
    if (!event.detail) undo.focus(); // pressed by key: the next key can take it back
  }

  function putBack(card) {
    clearTimeout(timers.get(card.id));
    leaving.delete(card.id);
    keepLeaving();
    card.hidden = false;
    card.tabIndex = -1;
    card.focus();
  }

  async function sendDeletion(id, keepalive = false) {
    clearTimeout(timers.get(id));
    timers.delete(id);
    const card = document.getElementById(id);
    try {
      await call("DELETE", leaving.get(id), { keepalive });
    } catch (error) {
      if (error.status !== 404) {
        if (card) putBack(card);
        explain(error, word("not-deleted"));
        return;
      }
    }
    leaving.delete(id);
    keepLeaving();
    card?.remove();
  }

  // Whoever leaves can't take it back any more.
  function sendAll() {
    for (const id of timers.keys()) sendDeletion(id, true);
  }
  addEventListener("beforeunload", sendAll);
  addEventListener("pagehide", sendAll);
  document.addEventListener("visibilitychange", () => document.hidden && sendAll());

  // What left the page before this one goes on leaving here.
  for (const id of [...leaving.keys()]) {
    const card = document.getElementById(id);
    if (card) {
      card.hidden = true;
      sendDeletion(id);
    } else {
      leaving.delete(id);
      keepLeaving();
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-delete]");
    // On its own page a post is deleted by the form, which then has somewhere to go.
    if (!link?.closest("#feed, .comment") || !plain(event)) return;
    event.preventDefault();
    remove(link, event);
  });
}
