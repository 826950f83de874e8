"use strict";
// Edits a post or a comment in place, in the form of its page for editing, with an undo afterwards.

{
  const { word, toast, plain } = site;
  const { explain, undoSeconds, altsOf } = writing;

  const area = (form) => form.querySelector("textarea[data-limit]");
  const warningOf = (form) => form.elements.content_warning;

  // The form with the texts as they were typed, and the version that they are of.
  async function fetchForm(link) {
    const page = await site.fetchPage(link.href);
    const form = page.querySelector("form[data-compose]");
    if (!form) throw Object.assign(new Error("no form"), { status: 401 });
    return document.importNode(form, true);
  }

  // Another form of this page may have the same ids.
  function renameIds(form, suffix) {
    for (const one of form.querySelectorAll("[id]")) one.id += suffix;
    for (const label of form.querySelectorAll("label")) label.htmlFor += suffix;
    for (const one of form.querySelectorAll("[aria-describedby]")) {
      const ids = one.getAttribute("aria-describedby").split(" ");
      one.setAttribute("aria-describedby", ids.map((id) => id + suffix).join(" "));
    }
  }

  async function open(link) {
    const card = link.closest("article");
    if (card.ariaBusy === "true") return;
    if (card.matches(".edited-here")) {
      area(card.querySelector(".editing")).focus();
      return;
    }
    card.ariaBusy = "true";
    try {
      const form = await fetchForm(link);
      renameIds(form, `_${card.id}`);
      form.classList.add("editing");
      card.querySelector(".actions").before(form);
      card.classList.add("edited-here");
      writing.restoreDraft(form);
      writing.markDrafts();
      area(form).focus();
      return form;
    } catch (error) {
      explain(error);
    } finally {
      card.ariaBusy = null;
    }
  }

  function close(card) {
    card.querySelector(".editing").remove();
    card.classList.remove("edited-here");
    card.focus({ preventScroll: true });
    writing.markDrafts();
  }

  // Closes the editor. What was written can be had back for some seconds.
  function cancel(card, event) {
    const form = card.querySelector(".editing");
    if (form.ariaBusy === "true") return;
    const isBegun = writing.isBegun(form);
    const draft = writing.draftIn(form);
    close(card);
    if (!isBegun) return;
    writing.throwAway(draft, event, word("edit-thrown"), async () => {
      const again = await open(card.querySelector("[data-edit]"));
      if (again) writing.showDraft(again, draft, draft.files.length ? draft.files : undefined);
    });
  }

  // Shows the card as the server renders it: with links, and marked as edited.
  async function refresh(card, page) {
    // The comment may be on a later page of comments than the first.
    const shown = page.getElementById(card.id) ? page : await site.fetchPage(location.href);
    const now = shown.getElementById(card.id);
    card.querySelector(".when").replaceWith(now.querySelector(".when"));
    const content = ":scope > :not(.byline, .actions, .editing)";
    for (const old of card.querySelectorAll(content)) old.remove();
    card.querySelector(".actions").before(...now.querySelectorAll(content));
    site.enhance(card);
  }

  async function showSaved(form, page, sent, event) {
    const card = form.closest("article");
    const was = {
      text: area(form).defaultValue,
      warning: warningOf(form)?.defaultValue ?? "",
      alts: altsOf(form).map((alt) => alt.defaultValue),
    };
    // An image that was replaced is gone, and what a newer version said is not in this form.
    const isText = !sent.images.length && !sent.removed.length;
    const canUndo = isText && !form.querySelector("[data-newer]");
    close(card);
    await refresh(card, page);
    const undo = site.button(word("undo"), () => {
      end();
      takeBack(card, was, sent);
    });
    const more = canUndo ? [undo] : [];
    const end = toast(word("saved"), { seconds: undoSeconds(event), more });
  }

  // As the server keeps a text. A textarea has no carriage return.
  const stored = (text) => text.trim();
  const inOneLine = (text) => stored(text).replace(/\s+/g, " ");

  // Puts the old texts back, if the post or comment still has those that were saved.
  async function takeBack(card, was, sent) {
    card.focus({ preventScroll: true });
    try {
      const form = await fetchForm(card.querySelector("[data-edit]"));
      const isSame =
        stored(area(form).value) === stored(sent.text) &&
        inOneLine(warningOf(form)?.value ?? "") === inOneLine(sent.warning) &&
        altsOf(form).every((alt, at) => stored(alt.value) === stored(sent.alts[at] ?? ""));
      area(form).value = was.text;
      if (warningOf(form)) warningOf(form).value = was.warning;
      for (const [at, alt] of altsOf(form).entries()) alt.value = was.alts[at];
      const answer = isSame ? await writing.send(form) : { isConflict: true };
      if (answer.url) {
        await refresh(card, answer.page);
        toast(word("restored"));
      } else {
        toast(word(answer.isConflict ? "not-restored" : "trouble"), { error: true });
      }
    } catch (error) {
      explain(error);
    }
  }

  writing.showSaved = showSaved;

  document.addEventListener("click", (event) => {
    if (!plain(event)) return;
    const link = event.target.closest("[data-edit]");
    const cancelled = event.target.closest(".editing [data-cancel]");
    if (link || cancelled) event.preventDefault();
    if (link) open(link);
    else if (cancelled) cancel(cancelled.closest("article"), event);
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest(".editing");
    if (event.key !== "Escape" || !form || event.isComposing) return;
    event.preventDefault();
    cancel(form.closest("article"), event);
  });
}
