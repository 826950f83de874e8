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
    const detail = reply.status === 400 ? answer?.errors?.[0]?.detail : answer?.code && answer.detail;
    if (!reply.ok) throw new Refused(reply, detail);
    return answer;
  }

  const SENTENCES = { 401: "signed-out", 403: "not-allowed", 404: "gone", 413: "too-large" };

  function reason({ status, seconds, detail }) {
    if (status === 429) return word("too-many", { n: seconds });
    if (status >= 500) return word("trouble");
    if (status) return detail || word(SENTENCES[status] ?? "trouble");
    return word(navigator.onLine ? "no-answer" : "offline");
  }

  // Why it was not done, in words; who is signed out gets the way back in, beside this page.
  function explain(error, what = "") {
    const isOut = error.status === 401;
    const more = isOut ? [Object.assign(site.signInLink(), { target: "_blank" })] : [];
    toast(`${what} ${reason(error)}`.trim(), { error: true, seconds: isOut ? 0 : 12, more });
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
  // Of a double click, the second would take the like back.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("[data-like] button")) event.preventDefault();
  });

  // --- Deleting ----------------------------------------------------------------------------------

  // Deleted here, and perhaps not on the server yet: by the card's id, the address to call. Kept for
  // the page that comes next, which may have been made before the deletion arrived.
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

  // Whoever leaves can't take it back any more. Whether it arrived, the next page finds out.
  function sendAll() {
    for (const id of undoable.keys()) {
      endUndo(id);
      call("DELETE", leaving.get(id), { keepalive: true }).catch(() => {});
    }
  }
  addEventListener("beforeunload", sendAll);
  addEventListener("pagehide", sendAll);

  // What left the page before goes on leaving here; mostly it has left already.
  async function goOn(id) {
    const card = document.getElementById(id);
    if (card) card.hidden = true;
    const { post } = card?.dataset ?? {};
    const viewer = post && (await call("GET", `/api/viewer/posts/?ids=${post}`).catch(() => null));
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
    // On its own page a post is deleted by the form, which then has somewhere to go.
    if (!link?.closest("#feed, .comment") || !plain(event)) return;
    event.preventDefault();
    remove(link.closest("[data-comment], [data-post]"), event);
  });
}
