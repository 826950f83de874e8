"use strict";
// The drafts of this account on this device: `writing.drafts`. Texts are in localStorage, which is
// written before the page can end, and images in IndexedDB.
//
// A draft has the name of what is written (post, edit-7, comment-7, comment-7-31 for a reply) and the
// one-time key under which it is sent. Tabs that write different texts have drafts with different
// keys, so that none overwrites another.

writing.drafts = (() => {
  const { kept } = site;
  const places = site.draftPlaces(site.viewerId);
  const placeOf = (name, key) => `${places.texts}${name}:${key}`;

  // 32 hexadecimal digits, as the server makes them for its forms.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const FIRST_IMAGE = "on"; // in `removed`, of a release that knew one image

  // --- Texts -------------------------------------------------------------------------------------

  const FIELDS = ["text", "warning", "alts", "removed", "images"];

  // Drafts of earlier releases have no warning.
  const comparable = (value) => JSON.stringify(value ?? "");

  // Whether two drafts would be sent as the same. `images` has the name and size of each file.
  const same = (one, other) =>
    Boolean(one && other) &&
    FIELDS.every((field) => comparable(one[field]) === comparable(other[field]));

  // The release before this one kept a single image.
  function current(draft) {
    if (!draft || !("text" in draft) || "alts" in draft) return draft;
    const { alt, remove, image, ...others } = draft;
    const removed = remove ? [FIRST_IMAGE] : [];
    return { ...others, alts: alt ? [alt] : [], removed, images: image ? [image] : [] };
  }

  const read = (name, key) => current(kept.local.read(placeOf(name, key)));

  // Return all drafts, or those of this name, the newest first.
  function all(name = null) {
    const found = kept.local.keys(places.texts).map((place) => {
      const [called, key] = place.slice(places.texts.length).split(":");
      return { ...current(kept.local.read(place)), name: called, key };
    });
    const chosen = found.filter((draft) => "text" in draft && (!name || draft.name === name));
    return chosen.sort((one, other) => other.at - one.at);
  }

  function write(name, key, draft) {
    const before = read(name, key);
    kept.local.write(placeOf(name, key), draft && { ...draft, at: Date.now() });
    if (!draft && before?.images.length) putImages(name, key, []);
    if (!draft || !before) dispatchEvent(new Event("draftschange"));
  }

  // Remove the draft if it is still `what`: another tab may have changed it.
  function drop(name, key, what) {
    if (same(read(name, key), what)) write(name, key, null);
  }

  // Give a draft without images another name.
  function rename({ name, key, ...draft }, to) {
    write(to, key, draft);
    write(name, key, null);
  }

  // --- Images ------------------------------------------------------------------------------------

  let opened = null;

  function open() {
    const { promise, resolve, reject } = Promise.withResolvers();
    const request = indexedDB.open(places.images, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("images");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // Signing out deletes the database, which waits until each tab has closed it.
      request.result.onversionchange = () => {
        request.result.close();
        opened = null;
      };
      resolve(request.result);
    };
    return promise;
  }

  async function inImages(mode, act) {
    opened ??= open();
    const transaction = (await opened).transaction("images", mode);
    const request = act(transaction.objectStore("images"));
    const { promise, resolve, reject } = Promise.withResolvers();
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
    return promise;
  }

  // Keep a draft's images. Storage may be full or forbidden; then a draft that is opened later says
  // that its images are missing.
  async function putImages(name, key, files) {
    const place = placeOf(name, key);
    await inImages("readwrite", (images) =>
      files.length ? images.put(files, place) : images.delete(place),
    ).catch(() => {});
  }

  // Resolve to a draft's images, those that were kept.
  async function images({ name, key }) {
    const found = await inImages("readonly", (kept) => kept.get(placeOf(name, key))).catch(
      () => null,
    );
    return [found ?? []].flat();
  }

  // --- Drafts of earlier releases ----------------------------------------------------------------

  // They had the username and no key: draft:ada:post-new, draft:ada:edit-7, draft:ada:comment-7.
  const former = `draft:${site.viewer}:`;
  for (const place of kept.local.keys(former)) {
    const { text, reply } = kept.local.read(place) ?? {};
    const name = place.slice(former.length).replace("post-new", "post").replace("post-", "edit-");
    // An edit does not say which version it began from, so it is offered as an older one.
    const draft = { text, alts: [], removed: [], images: [], version: "unknown" };
    if (text) write(reply ? `${name}-${reply}` : name, newKey(), draft);
    kept.local.write(place, null);
  }

  return { newKey, same, read, all, write, drop, rename, putImages, images, FIRST_IMAGE };
})();
