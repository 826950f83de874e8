"use strict";
// A post's comments: moves the form to the comment that it answers, and shows new comments.

{
  const section = document.getElementById("comments");
  const form = section?.querySelector("[data-compose=comment]");
  const home = document.createComment("place of the form when it answers no comment");
  if (form) {
    form.before(home);
    form.addEventListener("reset", goHome);
  }

  function goHome() {
    form.querySelector(".reply-to")?.remove();
    form.elements.reply_to.value = "";
    home.after(form);
  }

  function replyLine(comment) {
    const line = document.createElement("p");
    const name = comment.querySelector(".name a").textContent;
    const cancel = site.button(site.word("not-reply"), () => {
      writing.renameDraft(form, goHome);
      comment.querySelector("[data-reply]").focus();
    });
    line.className = "reply-to";
    line.append(site.word("reply-to", { name }), " ", cancel);
    return line;
  }

  // Moves the form to this comment. If the comment is deleted, the form stays at its place.
  function moveTo(id) {
    const comment = document.getElementById(`comment-${id}`);
    goHome();
    if (!comment) return;
    form.elements.reply_to.value = id;
    form.prepend(replyLine(comment));
    comment.after(form);
  }

  const reply = (id) => writing.renameDraft(form, () => moveTo(id));

  // Opens the form with its newest draft, which may be a reply to a comment of this page. If that
  // comment is deleted, its draft becomes one of a comment.
  function open(opened) {
    if (opened === form && !form.elements.reply_to.value) {
      const start = `${form.dataset.draft}-`;
      const isWhole = !section.querySelector("[data-comments] .pages") && !location.search;
      const draft = writing.waitingDrafts().find(({ name }) => {
        const id = name.startsWith(start) && name.slice(start.length);
        return name === form.dataset.draft || (id && (isWhole || document.getElementById(`comment-${id}`)));
      });
      const id = draft?.name.slice(start.length);
      if (id && document.getElementById(`comment-${id}`)) moveTo(id);
      else if (id) writing.drafts.rename(draft, form.dataset.draft);
    }
    writing.restoreDraft(opened);
  }

  function take(page) {
    const answered = form?.elements.reply_to.value;
    if (answered) goHome(); // out of what is replaced
    document.querySelector("[data-new-comments]").hidden = true; // they come with the page
    for (const part of ["article.single", "#comments-title", "[data-comments]"]) {
      const now = page.querySelector(part);
      document.querySelector(part).replaceWith(now);
      site.enhance(now);
    }
    if (answered) moveTo(answered);
  }

  // Shows the comments as the server has them now, including the new one.
  function showComments(page, url) {
    const list = section.querySelector("[data-comments]");
    const now = page.querySelector("[data-comments]");
    const known = new Set([...list.querySelectorAll(".comment")].map((one) => one.id));
    const fresh = [...(now?.querySelectorAll(".comment") ?? [])].findLast(
      (one) => !known.has(one.id) && one.dataset.author === site.viewer,
    );
    if (!fresh) {
      location.assign(url); // on a later page of comments
      return;
    }
    take(page);
    fresh.tabIndex = -1;
    fresh.focus({ preventScroll: true });
    fresh.scrollIntoView({ block: "nearest" });
  }

  // The browser kept this page: load the likes and comments that came since then.
  if (section && site.isBack) {
    site.fetchPage(location.href).then(
      (page) => document.activeElement === document.body && take(page),
      () => {}, // keep the old page
    );
  }

  Object.assign(writing, { openForm: open, showComments });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-reply]");
    if (!link || !form || !site.plain(event)) return;
    event.preventDefault();
    reply(link.dataset.reply);
    form.querySelector("textarea").focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !form?.contains(event.target) || event.isComposing) return;
    form.querySelector(".reply-to button")?.click();
  });
}
