"use strict";
// A post's comments: the form goes to the comment it answers, and what was written appears.

{
  const section = document.getElementById("comments");
  const form = section?.querySelector("[data-compose=comment]");
  const home = document.createComment("the form's place, when it answers no comment");
  if (form) {
    form.before(home);
    form.addEventListener("reset", goHome);
  }

  function goHome() {
    form.querySelector(".reply-to")?.remove();
    form.elements.reply_to.value = "";
    home.after(form);
  }

  function whom(comment) {
    const line = document.createElement("p");
    const name = comment.querySelector(".name a").textContent;
    const cancel = site.button(site.word("not-reply"), () => {
      goHome();
      writing.keepDraft(form);
      comment.querySelector("[data-reply]").focus();
    });
    line.className = "reply-to";
    line.append(site.word("reply-to", { name }), " ", cancel);
    return line;
  }

  // Moves the form, with whatever is in it, to this comment. Where it is no longer there, the form
  // stays at its place.
  function reply(id) {
    const comment = document.getElementById(`comment-${id}`);
    goHome();
    if (!comment) return;
    form.elements.reply_to.value = id;
    form.prepend(whom(comment));
    comment.after(form);
  }

  function take(page) {
    const answered = form?.elements.reply_to.value;
    if (answered) goHome(); // out of what is replaced
    for (const part of ["article.single", "#comments-title", "[data-comments]"]) {
      const now = page.querySelector(part);
      document.querySelector(part).replaceWith(now);
      site.dress(now);
    }
    if (answered) reply(answered);
  }

  // The comments as the server shows them now, with the reader's own among them.
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

  // The likes and comments of since the browser got this page, which it has kept.
  if (section && site.isBack) {
    site.fetchPage(location.href).then(
      (page) => document.activeElement === document.body && take(page),
      () => {}, // better old than nothing
    );
  }

  Object.assign(writing, { reply, showComments });

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
