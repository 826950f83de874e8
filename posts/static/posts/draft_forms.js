"use strict";
// Forms and their drafts: kept at each key, put back when the form is opened again, and dropped when
// they are what was sent.

{
  const { drafts } = writing;

  const area = (form) => form.querySelector("textarea[data-limit]");
  const version = (form) => form.elements.version?.value ?? "";
  const isRefused = (form) => form.querySelector("ul.errorlist, .notice.error") !== null;

  function nameOf(form) {
    const reply = form.elements.reply_to?.value;
    return reply ? `${form.dataset.draft}-${reply}` : form.dataset.draft;
  }

  // Whether storage works. If not, what the browser put back is all there is.
  site.kept.local.write("probe", 1);
  const isStored = site.kept.local.read("probe") === 1;
  site.kept.local.write("probe", null);

  // By form: the key of its draft; `kept`, what this page kept or read last under it, or null; the
  // version that the draft began from; the images that are kept.
  const states = new WeakMap();

  function begin(form, key, state = {}) {
    states.set(form, { key, kept: null, version: version(form), files: [], ...state });
    if (!form.elements.key) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "key" }));
    }
    form.elements.key.value = key;
    return states.get(form);
  }

  const stateOf = (form) =>
    states.get(form) ?? begin(form, form.elements.key?.value || drafts.newKey());

  const filesOf = (form) => [...(form.elements.image?.files ?? [])];
  const altsOf = (form) => [...form.querySelectorAll("textarea[name=image_alt]")];
  const removesOf = (form) => [...form.querySelectorAll("input[name=remove_image]")];

  // Without the empty ones at the end.
  const texts = (all) => all.slice(0, all.findLastIndex(Boolean) + 1);

  const fieldsOf = (form) => ({
    text: area(form).value,
    warning: form.elements.content_warning?.value ?? "",
    alts: texts(altsOf(form).map(({ value }) => value)),
    removed: removesOf(form).filter(({ checked }) => checked).map(({ value }) => value),
    images: filesOf(form).map(({ name, size }) => ({ name, size })),
  });

  // Whether there is something that the form did not come with.
  function isBegun(form) {
    const text = area(form);
    const warning = form.elements.content_warning;
    if (warning && warning.value !== warning.defaultValue) return true;
    const { removed, images } = fieldsOf(form);
    if (images.length || removed.length) return true;
    if (altsOf(form).some((alt) => alt.value !== alt.defaultValue)) return true;
    return text.value !== text.defaultValue && (text.value.trim() !== "" || writing.hasImage(form));
  }

  // The draft in the form, as `drafts` returns one.
  const draftIn = (form) => {
    const { key, version: from, files } = stateOf(form);
    return { ...fieldsOf(form), name: nameOf(form), key, version: from, files };
  };

  // --- Keeping -----------------------------------------------------------------------------------

  function keep(form) {
    let state = stateOf(form);
    const name = nameOf(form);
    if (!isBegun(form)) {
      drafts.drop(name, state.key, state.kept);
      state.kept = null;
      return;
    }
    // A draft that begins gets a key. So does one that another tab changed or sent meanwhile.
    const isOthers = isStored && !drafts.same(drafts.read(name, state.key), state.kept);
    if (!state.kept || isOthers) state = begin(form, drafts.newKey(), { version: state.version });
    state.kept = fieldsOf(form);
    drafts.write(name, state.key, { ...state.kept, version: state.version });
    const files = filesOf(form);
    const isSame = files.length === state.files.length && files.every((one, at) => one === state.files[at]);
    if (!isSame) drafts.putImages(name, state.key, files);
    state.files = files;
  }

  // --- Putting back ------------------------------------------------------------------------------

  function load(form, draft, images = drafts.images(draft)) {
    begin(form, draft.key, { kept: draft, version: draft.version });
    area(form).value = draft.text;
    const warning = form.elements.content_warning;
    if (warning) warning.value = draft.warning ?? "";
    if (draft.warning) form.querySelector("[data-warning]").open = true;
    for (const [at, alt] of altsOf(form).entries()) alt.value = draft.alts[at] ?? "";
    for (const [at, remove] of removesOf(form).entries()) {
      const isFirst = at === 0 && draft.removed.includes(drafts.FIRST_IMAGE);
      remove.checked = isFirst || draft.removed.includes(remove.value);
    }
    if (draft.alts.length || draft.removed.length) {
      form.querySelector("[data-image]")?.setAttribute("open", "");
    }
    writing.putBackImages(form, draft.images, images);
    writing.showCount(form);
  }

  // A form with errors has what was typed last. So has one that was typed in before this script ran.
  function restore(form) {
    writing.showImages(form);
    if (isRefused(form)) return;
    const [draft] = writing.waitingDrafts(nameOf(form));
    const isTyped = isBegun(form) && !site.isBack;
    if (isTyped) keep(form);
    else if (draft?.version === version(form)) {
      load(form, draft);
      writing.showRestored(form, draft);
    } else if (site.isBack && isStored && isBegun(form)) {
      clear(form); // the browser put back what was sent
    }
    writing.offerDrafts(form);
    writing.showCount(form);
  }

  // Brings the form to what another page did with its draft: changed or sent it, or began one.
  function refresh(form) {
    const state = states.get(form);
    if (!state || !isStored || form.ariaBusy === "true") return;
    const name = nameOf(form);
    const stored = drafts.read(name, state.key);
    if (!state.kept) {
      if (!isBegun(form)) restore(form);
    } else if (drafts.same(fieldsOf(form), state.kept)) {
      if (!stored) clear(form);
      else if (!drafts.same(stored, state.kept)) load(form, { ...stored, name, key: state.key });
    }
  }

  // Shows this draft. What is in the form stays a draft.
  function show(form, draft, images) {
    if (isBegun(form)) keep(form);
    load(form, draft, images);
    writing.offerDrafts(form);
    area(form).focus();
  }

  // Runs `change`, which gives the form another name. The text goes along, unless another text waits
  // under that name.
  function rename(form, change) {
    const [before, { key, kept }] = [nameOf(form), stateOf(form)];
    change();
    if (nameOf(form) === before) return;
    const [draft] = writing.waitingDrafts(nameOf(form));
    if (draft) load(form, draft);
    else if (kept) {
      keep(form);
      drafts.drop(before, key, kept);
    }
  }

  // --- Ends --------------------------------------------------------------------------------------

  function clear(form) {
    form.querySelector(".draft-note")?.remove();
    form.reset();
    form.querySelector("[data-warning]")?.removeAttribute("open");
    begin(form, drafts.newKey());
    writing.showCount(form);
  }

  // Drops the draft if it is what was sent. Another tab may have made it longer.
  function finish(form, sent) {
    drafts.drop(nameOf(form), stateOf(form).key, sent);
    if (sent.name.startsWith("edit-")) return; // the form goes
    clear(form);
    writing.offerDrafts(form);
  }

  // Keeps a draft whose version is the form's from now on: the writer has seen what is newer.
  function adopt(form) {
    stateOf(form).version = version(form);
    keep(form);
  }

  // Gives the draft another key: what it made was deleted, so it makes something new.
  function renew(form) {
    const state = stateOf(form);
    drafts.drop(nameOf(form), state.key, state.kept);
    state.kept = null;
    keep(form);
  }

  Object.assign(writing, {
    nameOf, isBegun, draftIn, altsOf,
    keepDraft: keep, restoreDraft: restore, showDraft: show, renameDraft: rename,
    adoptDraft: adopt, renewDraft: renew, clearForm: clear, finishDraft: finish,
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-compose]");
    if (!form || event.target.type === "file") return;
    if (event.target === area(form)) writing.showCount(form);
    keep(form);
  });

  // Who asks for the field of the warning writes in it next.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      const isAsked = target.matches("[data-warning][open]") && target.contains(document.activeElement);
      if (isAsked) target.querySelector("textarea").focus();
    },
    { capture: true }, // it does not bubble
  );

  const refreshAll = () => {
    for (const form of document.querySelectorAll("[data-compose]")) refresh(form);
  };
  addEventListener("pageshow", (event) => event.persisted && refreshAll());
  document.addEventListener("visibilitychange", () => document.hidden || refreshAll());
}
