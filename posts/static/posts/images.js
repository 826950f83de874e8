"use strict";
// The images of a post: chosen, dropped or pasted, checked, made smaller, and kept with the draft.
//
// The form has four places: those of images that the post has, then those of new ones. The files of
// the input are shown in these, in the same order.

{
  const { word } = site;

  // The server's limits (posts/images.py), checked before eight megabytes are sent.
  const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
  const MAX_MEGABYTES = 8;
  const MAX_IMAGES = 4;

  const input = (form) => form.querySelector("input[type=file][name=image]");
  const places = (form) => [...form.querySelectorAll("[data-image-place]:has([data-preview])")];
  const altIn = (place) => place.querySelector("textarea[name=image_alt]");
  const keptCount = (form) => {
    const kept = form.querySelectorAll("input[name=image_kept]").length;
    return kept - form.querySelectorAll("input[name=remove_image]:checked").length;
  };
  const roomIn = (form) => MAX_IMAGES - keptCount(form) - input(form).files.length;

  const taken = new WeakMap(); // by form, the files that were not refused
  const shown = new WeakMap(); // by preview, the file that it shows
  const pending = new WeakMap(); // by form, the promise of the images that are being prepared

  function setFiles(form, files) {
    const list = new DataTransfer();
    for (const file of files) list.items.add(file);
    input(form).files = list.files;
    show(form);
  }

  function show(form) {
    const { files } = input(form);
    taken.set(form, [...files]);
    for (const [at, place] of places(form).entries()) showFile(place, files[at]);
    const { still } = form.elements;
    const isMoving = taken.get(form).some(writing.isMoving);
    still.checked &&= isMoving;
    still.closest("[data-still]").hidden = !isMoving;
    form.querySelector("[data-image-help]").hidden = !files.length && !keptCount(form);
    if (files.length) form.querySelector("[data-image]").open = true;
  }

  function showFile(place, file) {
    const preview = place.querySelector("[data-preview]");
    place.hidden = preview.hidden = place.querySelector("[data-remove-image]").hidden = !file;
    if (shown.get(preview) === file) return;
    if (preview.src) URL.revokeObjectURL(preview.src);
    if (file) preview.src = URL.createObjectURL(file);
    else preview.removeAttribute("src");
    shown.set(preview, file);
  }

  // --- A file that is refused holds the post back ------------------------------------------------

  function hold(form, text) {
    const place = form.querySelector("[data-image-error]");
    place.textContent = text;
    place.hidden = form.querySelector("[data-without]").hidden = !text;
    if (text) form.querySelector("[data-image]").open = true;
  }

  const heldBy = (form) => form.querySelector("[data-image-error]:not([hidden])");

  function goOnWithout(form) {
    hold(form, "");
    form.querySelector("textarea[data-limit]").focus();
    site.say(word("image-left-out"));
  }

  // --- Taking files ------------------------------------------------------------------------------

  // Runs `work` after what is being prepared. `isCurrent` says whether the form was not emptied or
  // given another draft meanwhile.
  async function take(form, work) {
    const before = pending.get(form);
    const isCurrent = () => pending.has(form) && pending.get(form).round === round;
    const round = before?.round ?? {};
    const promise = Promise.resolve(before?.promise).then(() => work(isCurrent));
    const own = { promise, round };
    pending.set(form, own);
    await promise;
    if (pending.get(form) === own) pending.delete(form);
  }

  // Adds files to those that were chosen before. Says why one is refused.
  function put(form, files) {
    if (form.ariaBusy === "true") {
      site.toast(word("image-while-sending"), { error: true });
      return;
    }
    hold(form, "");
    take(form, async (isCurrent) => {
      for (const [at, file] of files.entries()) {
        if (!TYPES.includes(file.type)) hold(form, word("image-type", { name: file.name }));
        else if (roomIn(form) < 1) {
          const names = files.slice(at).map(({ name }) => name).join(", ");
          hold(form, word("image-many", { n: MAX_IMAGES, names }));
          break;
        } else await add(form, file, isCurrent);
        if (!isCurrent()) return;
      }
    });
  }

  async function add(form, file, isCurrent) {
    const small = await writing.shrink(file);
    if (!isCurrent()) return;
    if (small.size > MAX_MEGABYTES * 1024 * 1024) {
      hold(form, word("image-size", { n: MAX_MEGABYTES }));
      return;
    }
    setFiles(form, [...input(form).files, small]);
    writing.keepDraft(form);
    site.say(word("image-added"));
  }

  // A browser replaces what was chosen before: put it back, and add the new ones. Without new ones,
  // all were taken out.
  function choose({ form, files }) {
    const chosen = [...files];
    if (chosen.length) {
      setFiles(form, taken.get(form) ?? []);
      put(form, chosen);
    } else {
      clear(form);
      writing.keepDraft(form);
    }
  }

  function remove(form, place) {
    const all = places(form);
    const at = all.indexOf(place);
    const texts = all.map((one) => altIn(one).value).toSpliced(at, 1);
    hold(form, "");
    for (const [number, one] of all.entries()) altIn(one).value = texts[number] ?? "";
    setFiles(form, [...input(form).files].toSpliced(at, 1));
    writing.keepDraft(form);
    input(form).focus();
    site.say(word("image-removed"));
  }

  Object.assign(writing, {
    // Shows a form's images, if it can have some.
    showImages: (form) => input(form) && show(form),
    // Whether the post has an image, or will have one.
    hasImage: (form) =>
      Boolean(input(form)) && (pending.has(form) || roomIn(form) < MAX_IMAGES),
    // Resolves when the images are ready to be sent.
    imageReady: async (form) => pending.get(form)?.promise,
    // Why the post is held back, or nothing.
    heldBack: (form) => heldBy(form)?.textContent ?? "",
    // Puts the images of a draft back into its form: `metas` are their names, `images` the files, a
    // promise of them, or empty if they were not kept.
    putBackImages(form, metas, images) {
      if (!input(form)) return;
      pending.delete(form);
      hold(form, "");
      if (!metas.length) setFiles(form, []);
      else
        take(form, async (isCurrent) => {
          const files = await images;
          if (!isCurrent()) return;
          setFiles(form, files);
          const lost = metas.filter(({ name }) => !files.some((file) => file.name === name));
          const name = lost.map((meta) => meta.name).join(", ");
          hold(form, lost.length ? word("image-missing", { name }) : "");
        });
    },
  });

  // --- Events ------------------------------------------------------------------------------------

  const formOf = (event) => {
    const form = event.target.closest?.("form[data-compose]");
    return form && input(form) ? form : null;
  };
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

  function drag(event) {
    if (!hasFiles(event)) return;
    event.preventDefault(); // beside the form, too, or the browser would leave the page for the file
    const form = formOf(event);
    for (const other of document.querySelectorAll(".dropping")) {
      if (other !== form) other.classList.remove("dropping");
    }
    form?.classList.add("dropping");
    event.dataTransfer.dropEffect = form ? "copy" : "none";
  }

  function drop(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const form of document.querySelectorAll(".dropping")) form.classList.remove("dropping");
    const form = formOf(event);
    if (form && event.dataTransfer.files.length) put(form, [...event.dataTransfer.files]);
  }

  function paste(event) {
    const form = formOf(event);
    const files = event.clipboardData?.files ?? [];
    // Text copied from a document comes with an image of itself: paste the text.
    if (!form || !files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    put(form, [...files]);
  }

  addEventListener("dragover", (event) => writes() && drag(event));
  addEventListener("dragleave", (event) => writes() && (event.relatedTarget ?? drag(event)));
  addEventListener("drop", (event) => writes() && drop(event));
  document.addEventListener("paste", paste);
  document.addEventListener("change", (event) => {
    const form = formOf(event);
    if (form && event.target === input(form)) choose(event.target);
  });
  document.addEventListener("click", (event) => {
    const form = formOf(event);
    const opener = event.target.closest("[data-image]:not([open]) > summary");
    if (form && opener && !keptCount(form) && !input(form).files.length) {
      event.preventDefault(); // the fields come with the file
      input(form).click();
    }
    if (form && event.target.matches("[data-remove-image]")) {
      remove(form, event.target.closest("[data-image-place]"));
    }
    if (form && event.target.matches("[data-without]")) goOnWithout(form);
  });
  document.addEventListener("reset", (event) => {
    const form = formOf(event);
    if (form) setTimeout(closeSheet, 0, form); // it is empty after the event
  });

  // Whether a file can be dropped somewhere on this page.
  const writes = () => document.querySelector("form[data-compose] input[name=image]") !== null;

  function clear(form) {
    pending.delete(form);
    hold(form, "");
    show(form);
  }

  function closeSheet(form) {
    clear(form);
    form.querySelector("[data-image]").open = keptCount(form) > 0;
  }
}
