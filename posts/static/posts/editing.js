"use strict";
// Edits a post's text in place, with an undo afterwards.

{
  const { word, toast, plain } = site;
  const { call, explain, undoSeconds } = writing;

  const path = (card) => `/api/posts/${card.dataset.post}/`;

  // The text as it was typed, from the form that works without a script.
  async function fetchForm(link) {
    const page = await site.fetchPage(link.href);
    const area = page.querySelector("textarea[data-limit]");
    if (!area) throw Object.assign(new Error("no form"), { status: 401 });
    return area;
  }

  function build(card, { value, dataset }, href) {
    const form = document.createElement("form");
    const area = document.createElement("textarea");
    const counter = Object.assign(document.createElement("output"), { className: "counter" });
    const buttons = Object.assign(document.createElement("div"), { className: "toolbar" });
    const save = Object.assign(site.button(word("save")), { type: "submit", className: "button" });
    const cancel = site.button(word("cancel"), () => close(card));
    const more = document.createElement("a");
    Object.assign(more, { href, className: "button plain", textContent: word("edit-more") });
    Object.assign(area, { value, rows: 4, dir: "auto", required: true, name: "content" });
    area.ariaLabel = word("edit-text");
    area.dataset.limit = dataset.limit;
    counter.dataset.counter = "";
    counter.hidden = true;
    buttons.append(counter, more, cancel, save);
    form.className = "form editing";
    Object.assign(form.dataset, { compose: "edit", draft: `edit-${card.dataset.post}`, was: value });
    form.append(area, buttons);
    return form;
  }

  async function open(link) {
    const card = link.closest("[data-post]");
    if (card.ariaBusy === "true") return;
    card.ariaBusy = "true";
    try {
      const form = card.querySelector(".editing") ?? build(card, await fetchForm(link), link.href);
      const text = card.querySelector(".text");
      text.after(form);
      text.hidden = true;
      card.querySelector("[data-unfold]")?.setAttribute("hidden", "");
      writing.restoreDraft(form);
      form.querySelector("textarea").focus();
    } catch (error) {
      explain(error);
    } finally {
      card.ariaBusy = null;
    }
  }

  function close(card) {
    const form = card.querySelector(".editing");
    writing.dropDraft(form);
    form.remove();
    card.querySelector(".text").hidden = false;
    card.querySelector("[data-unfold]")?.removeAttribute("hidden");
    card.focus({ preventScroll: true });
  }

  // Shows the text as the server renders it: with links, and marked as edited.
  async function refresh(card) {
    const page = await site.fetchPage(card.querySelector(".when a").href);
    const now = page.getElementById(card.id);
    for (const part of [".text", ".when"]) {
      card.querySelector(part).replaceWith(now.querySelector(part));
    }
    card.querySelector("[data-unfold]")?.remove();
    site.enhance(card);
  }

  async function save(form, event) {
    const card = form.closest("[data-post]");
    const { was } = form.dataset;
    const content = form.querySelector("textarea").value;
    await call("PATCH", path(card), { body: { content } });
    close(card);
    await refresh(card);
    const undo = site.button(word("undo"), () => {
      end();
      putBack(card, was);
    });
    const end = toast(word("saved"), { seconds: undoSeconds(event), more: [undo] });
  }

  async function putBack(card, content) {
    card.focus({ preventScroll: true });
    try {
      await call("PATCH", path(card), { body: { content } });
      await refresh(card);
      toast(word("restored"));
    } catch (error) {
      explain(error);
    }
  }

  writing.save = save;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-edit]");
    if (!link || !plain(event)) return;
    event.preventDefault();
    open(link);
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest(".editing");
    if (event.key === "Escape" && form && !event.isComposing) close(form.closest("[data-post]"));
  });
}
