"use strict";
// What pages say about drafts: in the form that has one, and beside what one waits for. Drafts can be
// thrown away, which can be undone for some seconds.

{
  const { word, toast } = site;
  const { drafts } = writing;

  const thrownAway = new Set(); // keys of drafts that an undo can still bring back

  // The drafts of this name, or all, the newest first.
  const waiting = (name) => drafts.all(name).filter((draft) => !thrownAway.has(draft.key));

  // --- In the form -------------------------------------------------------------------------------

  function note(form, ...parts) {
    form.querySelector(".draft-note")?.remove();
    const made = Object.assign(document.createElement("p"), { className: "draft-note" });
    made.append(...parts);
    form.querySelector(".toolbar").before(made);
    site.enhance(made);
  }

  function showRestored(form, draft) {
    const at = new Date(draft.at);
    const time = document.createElement("time");
    Object.assign(time, { dateTime: at.toISOString(), textContent: at.toLocaleString(site.locale) });
    time.dataset.relative = "";
    const away = site.button(word("throw-away"), (event) => {
      const thrown = writing.draftIn(form);
      writing.clearForm(form);
      throwAway(thrown, event, word("draft-thrown"), () =>
        writing.showDraft(form, thrown, thrown.files.length ? thrown.files : undefined),
      );
    });
    note(form, `${word("draft-from")} `, time, away);
  }

  // Offers a draft that is not in the form: of another tab, or from before the post was changed.
  function offer(form) {
    const { key } = writing.draftIn(form);
    const other = waiting(writing.nameOf(form)).find((draft) => draft.key !== key);
    if (!other) return;
    const isOlder = other.version !== (form.elements.version?.value ?? "");
    const begins = document.createElement("q");
    const text = other.text.trim() || other.images.map(({ name }) => name).join(", ");
    Object.assign(begins, { textContent: text.slice(0, 60), dir: "auto" });
    const show = site.button(word("show-draft"), () => {
      form.querySelector(".draft-note").remove();
      writing.showDraft(form, other);
      writing.adoptDraft(form);
    });
    const away = site.button(word("throw-away"), (event) => {
      form.querySelector(".draft-note").remove();
      throwAway(other, event, word("draft-thrown"), () => offer(form));
      offer(form);
    });
    note(form, `${word(isOlder ? "older-draft" : "other-draft")} `, begins, show, away);
  }

  // Drops a draft after some seconds, unless `undo` is wanted before.
  function throwAway(draft, event, said, undo) {
    const { key, name } = draft;
    const seconds = writing.undoSeconds(event);
    thrownAway.add(key);
    mark();
    const timer = setTimeout(() => {
      drafts.drop(name, key, draft);
      thrownAway.delete(key);
    }, seconds * 1000);
    const button = site.button(word("undo"), () => {
      clearTimeout(timer);
      thrownAway.delete(key);
      end();
      undo();
      mark();
    });
    const end = toast(said, { seconds, more: [button] });
    if (!event.detail) button.focus(); // pressed by a key: the next one can take it back
  }

  // --- Where drafts wait -------------------------------------------------------------------------

  // Shows or removes the mark in `place`; `make` makes it.
  function setMark(place, isWaiting, make) {
    const old = place?.querySelector(".draft-mark");
    if (isWaiting && place && !old) place.append(" ", make());
    else if (!isWaiting) old?.remove();
  }

  const label = () =>
    Object.assign(document.createElement("span"), {
      className: "draft-mark",
      textContent: word("draft"),
    });

  // On a card, the mark opens the editor.
  function opener(card) {
    const link = card.querySelector("[data-edit]");
    const mark = site.button(word("draft"), () => link.click());
    mark.className = "draft-mark";
    mark.ariaLabel = word("draft-of-edit");
    return mark;
  }

  function mark() {
    const names = new Set(waiting().map(({ name }) => name));
    const posts = [...names].map((name) => name.match(/^comment-(\d+)/)?.[1]);
    for (const card of document.querySelectorAll("article:is([data-post], [data-comment])")) {
      const { post, comment } = card.dataset;
      const name = comment ? `edit-comment-${comment}` : `edit-${post}`;
      const isWaiting = names.has(name) && card.querySelector("[data-edit]") !== null;
      const isOpen = card.querySelector(".editing") !== null;
      setMark(card.querySelector(".when"), isWaiting && !isOpen, () => opener(card));
      if (comment) continue;
      const comments = card.querySelector(".actions a[href$='#comments']");
      setMark(comments, posts.includes(post) && !card.matches(".single"), label);
    }
    for (const link of document.querySelectorAll("[data-reply]")) {
      const post = link.closest("#comments")?.querySelector("[data-compose=comment]")?.dataset.draft;
      setMark(link, names.has(`${post}-${link.dataset.reply}`), label);
    }
    for (const link of document.querySelectorAll(`a[href="${site.link("new-post").pathname}"]`)) {
      setMark(link, names.has("post"), label);
    }
  }

  let isDue = false;
  function markSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      mark();
    });
  }

  const { enhance } = site;
  site.enhance = (part) => {
    enhance(part);
    markSoon();
  };
  addEventListener("draftschange", markSoon);
  addEventListener("storage", markSoon);
  addEventListener("pageshow", markSoon);

  Object.assign(writing, {
    waitingDrafts: waiting, showRestored, offerDrafts: offer, throwAway, markDrafts: mark,
  });
}
