"use strict";
// The forms for writing: a counter that agrees with the server, drafts, one request at a time, and no
// text lost if it fails.

{
  const { word, toast, kept } = site;
  const { Refused, explain } = writing;

  const ERRORS = "ul.errorlist, .notice.error"; // the server's
  const area = (form) => form.querySelector("textarea[data-limit]");

  // --- The counter -------------------------------------------------------------------------------

  // White space as the server trims it; JavaScript's trim() differs in some characters.
  const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  const EDGES = new RegExp(`^${SPACE}|${SPACE}$`, "g");

  // Characters as the server counts them: code points of the trimmed text, a line break being one.
  const count = (text) => [...text.replace(EDGES, "").replace(/\r\n?/g, "\n")].length;

  const left = (text) => Number(text.dataset.limit) - count(text.value);

  function showCount(text) {
    const counter = text.form.querySelector("[data-counter]");
    const rest = left(text);
    const isNear = rest < text.dataset.limit / 10;
    const wasOver = text.ariaInvalid === "true";
    const isOver = rest < 0;
    counter.hidden = !text.value;
    counter.ariaLive = "off"; // an output would be read at every key
    counter.textContent = isOver ? word("over", { n: -rest }) : word("left", { n: rest });
    counter.classList.toggle("near", isNear && !isOver);
    counter.classList.toggle("over", isOver);
    text.ariaInvalid = String(isOver);
    // For screen readers: only when the limit comes near, is exceeded, or is kept again.
    if (isOver !== wasOver || (isNear && !text.dataset.near)) site.say(counter.textContent);
    text.dataset.near = isNear ? "1" : "";
  }

  // --- Drafts ------------------------------------------------------------------------------------

  // Stored on this device for this user, so that drafts survive reloads, errors and signing out.
  const draftKey = (form) => `draft:${site.viewer}:${form.dataset.draft}`;

  function keepDraft(form) {
    const text = area(form);
    const isNew = text.value.trim() && text.value !== text.defaultValue;
    const reply = form.elements.reply_to?.value ?? "";
    kept.local.write(draftKey(form), isNew ? { text: text.value, reply } : null);
  }

  function dropDraft(form) {
    kept.local.write(draftKey(form), null);
  }

  // A refused form has the text typed last, so a draft fills only a form without errors.
  function restoreDraft(form) {
    const text = area(form);
    const draft = kept.local.read(draftKey(form));
    const isRefused = form.querySelector(ERRORS) !== null;
    if (draft && !isRefused) {
      text.value = draft.text;
      if (draft.reply) writing.reply(draft.reply);
    }
    if (text.value) showCount(text);
  }

  // --- Sending -----------------------------------------------------------------------------------

  function setBusy(form, isBusy) {
    const button = form.querySelector("[type=submit]");
    button.dataset.text ??= button.textContent;
    button.textContent = isBusy ? word("sending") : button.dataset.text;
    // Not disabled: a button that is disabled loses focus.
    button.ariaDisabled = button.ariaBusy = form.ariaBusy = isBusy ? "true" : null;
  }

  function isReady(form) {
    const text = area(form);
    const rest = left(text);
    const isEmpty = count(text.value) === 0;
    if (!isEmpty && rest >= 0) return true;
    toast(isEmpty ? word("empty") : word("over", { n: -rest }), { error: true });
    text.focus();
    return false;
  }

  async function send(form) {
    const reply = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(120_000),
    });
    const isSignIn = new URL(reply.url).pathname === site.link("sign-in").pathname;
    if (isSignIn) throw Object.assign(new Error("signed out"), { status: 401 });
    const page = site.parse(await reply.text());
    // With 500 and 503 the form comes back if the database failed while the post was saved.
    const isForm = page.querySelector(`form[data-compose="${form.dataset.compose}"]`);
    const isRefusal = reply.status === 422 || reply.status === 507;
    if (isRefusal || (reply.status >= 500 && isForm)) return { page, refused: true };
    if (!reply.ok) throw new Refused(reply);
    return { page, url: reply.url };
  }

  async function submit(form, event) {
    if (form.ariaBusy === "true" || !isReady(form)) return;
    setBusy(form, true);
    try {
      if (form.dataset.compose === "edit") {
        await writing.save(form, event);
        return;
      }
      const answer = await send(form).catch(async (error) => {
        if (error.status === 403 && (await writing.renewToken())) return send(form);
        throw error;
      });
      if (answer.refused) showErrors(form, answer.page);
      else await arrive(form, answer);
    } catch (error) {
      explain(error);
    } finally {
      if (form.isConnected) setBusy(form, false);
    }
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
  async function arrive(form, { page, url }) {
    const said = page.querySelector("[data-message]")?.textContent.trim();
    const here = new URL(url).pathname === location.pathname && !location.search;
    dropDraft(form);
    if (!here) {
      kept.session.write("said", said ?? null);
      location.assign(url);
      return;
    }
    clearErrors(form);
    form.reset();
    showCount(area(form));
    if (said) toast(said);
    if (form.dataset.compose === "comment") writing.showComments(page, url);
    else if (site.list) await site.list.showNewer(page, site.viewer);
    else location.assign(url);
  }

  Object.assign(writing, { keepDraft, restoreDraft, dropDraft });

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-compose] textarea[data-limit]")) return;
    showCount(event.target);
    keepDraft(event.target.form);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-compose]")) return;
    event.preventDefault();
    submit(event.target, event);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.target.closest("[data-compose]")?.requestSubmit();
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

  for (const form of document.querySelectorAll("[data-compose]")) restoreDraft(form);
}
