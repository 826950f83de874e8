"use strict";
// The image of a post: chosen, dropped or pasted, checked, made smaller, and kept with the draft.

{
  const { word } = site;

  // The server's limits (posts/images.py), checked before eight megabytes are sent.
  const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
  const MAX_MEGABYTES = 8;

  const input = (form) => form.querySelector("input[type=file][name=image]");
  const hasOne = (form) => input(form).files.length > 0 || form.elements.remove_image !== undefined;

  const taken = new WeakMap(); // by form, what was not refused
  const pending = new WeakMap(); // by form, the promise of the image that is being prepared

  function setFile(form, file) {
    const files = new DataTransfer();
    if (file) files.items.add(file);
    input(form).files = files.files;
    show(form);
  }

  function show(form) {
    const [file] = input(form).files;
    taken.set(form, file ?? null);
    const preview = form.querySelector("[data-preview]");
    if (preview.src) URL.revokeObjectURL(preview.src);
    if (file) preview.src = URL.createObjectURL(file);
    else preview.removeAttribute("src");
    preview.hidden = form.querySelector("[data-remove-image]").hidden = !file;
    form.querySelector("[data-image-more]").hidden = !hasOne(form);
    if (file) form.querySelector("[data-image]").open = true;
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

  // --- Taking a file -----------------------------------------------------------------------------

  // Waits for the file, and takes it if no other was chosen meanwhile.
  async function take(form, promise, use) {
    pending.set(form, promise);
    const file = await promise;
    if (pending.get(form) !== promise) return;
    use(file);
    pending.delete(form);
    if (file) writing.keepDraft(form);
  }

  // Shows why a file is refused, and keeps the image that was chosen before.
  function put(form, file, more = "") {
    if (form.ariaBusy === "true") {
      site.toast(word("image-while-sending"), { error: true });
      return;
    }
    hold(form, "");
    if (!TYPES.includes(file.type)) {
      hold(form, word("image-type"));
      return;
    }
    take(form, writing.shrink(file), (small) => {
      if (small.size > MAX_MEGABYTES * 1024 * 1024) {
        setFile(form, taken.get(form));
        hold(form, word("image-size", { n: MAX_MEGABYTES }));
        return;
      }
      setFile(form, small);
      hold(form, more);
      site.say(more || word("image-added"));
    });
  }

  function putFirst(form, files) {
    const [file] = files;
    put(form, file, files.length > 1 ? word("image-one", { name: file.name }) : "");
  }

  function choose({ form, files: [file] }) {
    pending.delete(form);
    if (file) {
      const before = taken.get(form);
      put(form, file);
      if (heldBy(form) || form.ariaBusy === "true") setFile(form, before);
    } else {
      hold(form, "");
      show(form);
      writing.keepDraft(form);
    }
  }

  function remove(form) {
    pending.delete(form);
    hold(form, "");
    form.elements.image_alt.value = "";
    setFile(form, null);
    writing.keepDraft(form);
    input(form).focus();
    site.say(word("image-removed"));
  }

  Object.assign(writing, {
    // Shows a form's image, if it can have one.
    showImage: (form) => input(form) && show(form),
    // Resolves when the image is ready to be sent.
    imageReady: async (form) => pending.get(form),
    // Why the post is held back, or nothing.
    heldBack: (form) => heldBy(form)?.textContent ?? "",
    // Puts the image of a draft back into its form: `meta` is its name, `image` the file, a promise
    // of it, or null if it was not kept.
    putBackImage(form, meta, image) {
      if (!input(form)) return;
      hold(form, "");
      if (!meta) setFile(form, null);
      else
        take(form, Promise.resolve(image), (file) => {
          setFile(form, file);
          hold(form, file ? "" : word("image-missing", { name: meta.name }));
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
    if (form && event.dataTransfer.files.length) putFirst(form, event.dataTransfer.files);
  }

  function paste(event) {
    const form = formOf(event);
    const files = event.clipboardData?.files ?? [];
    // Text copied from a document comes with an image of itself: paste the text.
    if (!form || !files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    putFirst(form, files);
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
    if (form && opener && !hasOne(form)) {
      event.preventDefault(); // the fields come with the file
      input(form).click();
    }
    if (form && event.target.matches("[data-remove-image]")) remove(form);
    if (form && event.target.matches("[data-without]")) goOnWithout(form);
  });
  document.addEventListener("reset", (event) => {
    const form = formOf(event);
    if (form) setTimeout(clear, 0, form); // it is empty after the event
  });

  // Whether a file can be dropped somewhere on this page.
  const writes = () => document.querySelector("form[data-compose] input[name=image]") !== null;

  function clear(form) {
    pending.delete(form);
    hold(form, "");
    show(form);
    form.querySelector("[data-image]").open = false;
  }
}
