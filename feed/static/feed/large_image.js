// Shows the image of a post as large as the window is, with its description, and leads to the other
// images: those of the same post, or of a post with one image, all of the page. reading.js imports it
// when a reader opens the first one.

const { word, button } = site;
const SWIPE_PIXELS = 60;

const dialog = Object.assign(document.createElement("dialog"), { className: "large" });
const image = document.createElement("img");
const caption = Object.assign(document.createElement("p"), { className: "large-text", dir: "auto" });
const bar = Object.assign(document.createElement("div"), { className: "large-bar" });
const place = document.createElement("span");
const file = Object.assign(document.createElement("a"), { className: "button quiet" });
const previous = button("‹", () => step(-1));
const next = button("›", () => step(1));
const close = button("×", () => dialog.close());

let links = [];
let at = 0;

function build() {
  file.textContent = word("image-file");
  for (const [one, name] of [[previous, "image-previous"], [next, "image-next"], [close, "close"]]) {
    one.ariaLabel = one.title = word(name);
  }
  place.role = "status";
  bar.append(place, file, close);
  dialog.append(bar, previous, image, next, caption);
  document.body.append(dialog);
}

// `link` leads to the file and holds the image as the page shows it.
export function show(link) {
  const around = link.closest("[data-images]") ?? document;
  links = [...around.querySelectorAll("a[data-large]")].filter((one) => one.checkVisibility());
  at = links.indexOf(link);
  if (!dialog.isConnected) build();
  display();
  dialog.showModal();
  close.focus();
}

function display() {
  const link = links[at];
  const { alt, width, height } = link.querySelector("img");
  Object.assign(image, { src: link.href, alt });
  // Without these, the old image stays until the new one has arrived.
  for (const [name, pixels] of Object.entries({ width, height })) image.setAttribute(name, pixels);
  file.href = link.href;
  caption.textContent = alt;
  caption.hidden = !alt;
  place.textContent = dialog.ariaLabel = word("image-place", { at: at + 1, all: links.length });
  previous.ariaDisabled = String(at === 0);
  next.ariaDisabled = String(at === links.length - 1);
  previous.hidden = next.hidden = links.length === 1;
}

function step(by) {
  if (!links[at + by]) return;
  at += by;
  display();
}

// The reader goes on at the image that was shown last.
dialog.addEventListener("close", () => {
  links[at].focus({ preventScroll: true });
  links[at].scrollIntoView({ block: "nearest" });
});

dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

dialog.addEventListener("keydown", (event) => {
  const forward = getComputedStyle(dialog).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  step(event.key === forward ? 1 : -1);
});

// A finger moves to the next image, or down to close; two fingers zoom, and then one moves the view.
let start = null;
dialog.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX: x, clientY: y }) => {
  const canSwipe = pointerType === "touch" && isPrimary && (visualViewport?.scale ?? 1) === 1;
  start = canSwipe ? { x, y } : null;
});
dialog.addEventListener("pointerup", ({ clientX, clientY }) => {
  if (!start) return;
  const [x, y] = [clientX - start.x, clientY - start.y];
  start = null;
  if (Math.abs(x) > SWIPE_PIXELS && Math.abs(x) > Math.abs(y)) {
    step((x < 0) === (getComputedStyle(dialog).direction !== "rtl") ? 1 : -1);
  } else if (y > SWIPE_PIXELS && y > Math.abs(x)) dialog.close();
});
