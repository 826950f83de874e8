"use strict";
// The image of a post: chosen, dropped or pasted, and checked before it is sent.

{
  const { word } = site;

  // The server's limits (posts/images.py), checked before eight megabytes are sent.
  const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
  const MAX_MEGABYTES = 8;

  const input = (form) => form.querySelector("input[type=file][name=image]");
  const hasOne = (form) => input(form).files.length > 0 || form.elements.remove_image !== undefined;

  function problem(file) {
    if (!TYPES.includes(file.type)) return word("image-type");
    return file.size > MAX_MEGABYTES * 1024 * 1024 ? word("image-size", { n: MAX_MEGABYTES }) : "";
  }

  const taken = new WeakMap(); // by form, what was not refused

  function show(form) {
    const [file] = input(form).files;
    taken.set(form, input(form).files);
    const preview = form.querySelector("[data-preview]");
    if (preview.src) URL.revokeObjectURL(preview.src);
    if (file) preview.src = URL.createObjectURL(file);
    else preview.removeAttribute("src");
    preview.hidden = form.querySelector("[data-remove-image]").hidden = !file;
    form.querySelector("[data-image-more]").hidden = !hasOne(form);
    if (file) form.querySelector("[data-image]").open = true;
  }

  function showProblem(form, text) {
    const place = form.querySelector("[data-image-error]");
    place.textContent = text;
    place.hidden = !text;
    if (text) form.querySelector("[data-image]").open = true;
  }

  // Shows why a file is refused, and keeps the image that was chosen before.
  function put(form, file) {
    const text = problem(file);
    showProblem(form, text);
    if (text) return false;
    const files = new DataTransfer();
    files.items.add(file);
    input(form).files = files.files;
    show(form);
    site.say(word("image-added"));
    return true;
  }

  function choose({ target }) {
    const [file] = target.files;
    if (file && !put(target.form, file)) target.files = taken.get(target.form);
    show(target.form);
  }

  function remove(form) {
    showProblem(form, "");
    input(form).value = "";
    form.elements.image_alt.value = "";
    show(form);
    input(form).focus();
    site.say(word("image-removed"));
  }

  function clear(form) {
    show(form);
    form.querySelector("[data-image]").open = false;
  }

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
    if (form && event.dataTransfer.files.length) put(form, event.dataTransfer.files[0]);
  }

  function paste(event) {
    const form = formOf(event);
    const [file] = event.clipboardData?.files ?? [];
    // Text copied from a document comes with an image of itself: paste the text.
    if (!form || !file || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    put(form, file);
  }

  const forms = [...document.querySelectorAll("form[data-compose]")].filter(input);
  for (const form of forms) {
    show(form);
    input(form).addEventListener("change", choose);
    form.querySelector("[data-remove-image]").addEventListener("click", () => remove(form));
    form.addEventListener("reset", () => setTimeout(clear, 0, form)); // it is empty after the event
  }
  if (forms.length) {
    addEventListener("dragover", drag);
    addEventListener("dragleave", (event) => event.relatedTarget ?? drag(event));
    addEventListener("drop", drop);
    document.addEventListener("paste", paste);
  }
}
