"use strict";
// The forms for writing: a counter that agrees with the server, one request at a time, and what the
// server answers.

{
  const { word, toast, kept } = site;
  const { explain } = writing;

  const ERRORS = "ul.errorlist, .notice.error"; // the server's
  const area = (form) => form.querySelector("textarea[data-limit]");

  // --- The counter -------------------------------------------------------------------------------

  // White space as the server trims it; JavaScript's trim() differs in some characters.
  const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  const EDGES = new RegExp(`^${SPACE}|${SPACE}$`, "g");

  // Characters as the server counts them: code points of the trimmed text, a line break being one.
  const count = (text) => [...text.replace(EDGES, "").replace(/\r\n?/g, "\n")].length;

  const left = (text) => Number(text.dataset.limit) - count(text.value);

  function showCount(form) {
    const text = area(form);
    const counter = form.querySelector("[data-counter]");
    const rest = left(text);
    // A tenth of a long text; of a short one, some words.
    const isNear = rest < Math.max(text.dataset.limit / 10, 100);
    const wasOver = text.ariaInvalid === "true";
    const isOver = rest < 0;
    counter.hidden = !isNear;
    counter.ariaLive = "off"; // an output would be read at every key
    counter.textContent = isOver ? word("over", { n: -rest }) : word("left", { n: rest });
    counter.classList.toggle("near", rest < 100 && !isOver);
    counter.classList.toggle("over", isOver);
    text.ariaInvalid = String(isOver);
    // For screen readers: only when the limit comes near, is exceeded, or is kept again.
    if (isOver !== wasOver || (isNear && !text.dataset.near)) site.say(counter.textContent);
    text.dataset.near = isNear ? "1" : "";
  }

  // --- Sending -----------------------------------------------------------------------------------

  function setBusy(form, isBusy) {
    const button = form.querySelector("[type=submit]");
    button.dataset.text ??= button.textContent;
    button.textContent = isBusy ? word("sending") : button.dataset.text;
    // Not disabled: a button that is disabled loses focus.
    button.ariaDisabled = button.ariaBusy = form.ariaBusy = isBusy ? "true" : null;
    // What is sent and what is on the screen stay the same.
    for (const text of form.querySelectorAll("textarea")) text.readOnly = isBusy;
  }

  function isReady(form) {
    const text = area(form);
    const rest = left(text);
    const isEmpty = count(text.value) === 0 && !writing.hasImage(form);
    const held = writing.heldBack(form);
    if (!isEmpty && rest >= 0 && !held) return true;
    toast(isEmpty ? word("empty") : held || word("over", { n: -rest }), { error: true });
    const isFile = held && !isEmpty;
    (isFile ? form.querySelector("[data-without]") : text).focus();
    return false;
  }

  async function submit(form, event) {
    if (form.ariaBusy === "true" || !isReady(form)) return;
    setBusy(form, true);
    try {
      await writing.imageReady(form);
      if (!isReady(form)) return;
      const sent = writing.draftIn(form);
      const answer = await writing.send(form);
      if (answer.url) await arrive(form, answer, sent, event);
      else {
        showErrors(form, answer.page);
        if (answer.isConflict) showConflict(form, answer.page);
      }
    } catch (error) {
      explain(error);
    } finally {
      if (form.isConnected) setBusy(form, false);
    }
  }

  // The server has something newer: another version of the post, which is shown beside what was
  // written, or it deleted what this draft made. To send again is a decision.
  function showConflict(form, page) {
    const newer = page.querySelector("[data-newer]");
    form.querySelector("[data-newer]")?.remove();
    if (newer) {
      const found = page.querySelector(`form[data-compose="${form.dataset.compose}"]`);
      form.elements.version.value = found.elements.version.value;
      form.querySelector(".sheet").before(document.importNode(newer, true));
    } else {
      writing.renewDraft(form);
    }
    area(form).focus();
  }

  // Shows the errors of the server beside their fields.
  function showErrors(form, page) {
    clearErrors(form);
    const found = page.querySelector(`form[data-compose="${form.dataset.compose}"]`);
    for (const list of found?.querySelectorAll(ERRORS) ?? []) {
      if (list.parentElement.closest(ERRORS)) continue; // comes with the one around it
      const name = list.closest(".field")?.querySelector("[name]")?.name;
      const field = name && form.elements[name];
      const shown = document.importNode(list, true);
      shown.role = "alert";
      if (field) {
        field.after(shown);
        field.ariaInvalid = "true";
        field.closest(".field")?.classList.add("wrong");
      } else {
        form.prepend(shown);
      }
    }
    const first = form.querySelector("[aria-invalid=true]");
    first?.closest("details")?.setAttribute("open", "");
    first?.focus();
  }

  function clearErrors(form) {
    for (const list of form.querySelectorAll(ERRORS)) list.remove();
    for (const wrong of form.querySelectorAll(".wrong")) wrong.classList.remove("wrong");
    for (const field of form.elements) field.ariaInvalid = null;
  }

  // It is stored. Shows it on this page if possible, else goes to its page.
  async function arrive(form, { page, url }, sent, event) {
    const said = page.querySelector("[data-message]")?.textContent.trim();
    const here = new URL(url).pathname === location.pathname && !location.search;
    clearErrors(form);
    writing.finishDraft(form, sent);
    if (form.matches(".editing")) {
      await writing.showSaved(form, page, sent, event);
      return;
    }
    if (!here || (form.dataset.compose !== "comment" && !site.list)) {
      kept.session.write("said", said ?? null);
      location.assign(url);
      return;
    }
    if (said) toast(said);
    if (form.dataset.compose === "comment") writing.showComments(page, url);
    else await site.list.showNewer(page, site.viewer);
  }

  Object.assign(writing, { showCount });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-compose]")) return;
    event.preventDefault();
    submit(event.target, event);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.target.closest("[data-compose]")?.requestSubmit();
  });

  // Names after an @ are completed by a script that is loaded with the first one.
  document.addEventListener("input", async (event) => {
    const { target } = event;
    if (!target.matches("textarea[data-limit]") || !target.value.includes("@")) return;
    const completion = await import(site.link("mentions").href).catch(() => null);
    completion?.typed({ target });
  });

  // Other forms are sent by the browser: only once, until it returns to this page.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button")) button.ariaDisabled = "true";
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.ariaDisabled = null;
    }
  });

  // The message for the page to which `arrive` went.
  const said = kept.session.read("said");
  kept.session.write("said", null);
  if (said) toast(said);

  for (const form of document.querySelectorAll("[data-compose]")) writing.openForm(form);
}
