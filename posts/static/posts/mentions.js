// Completes a name after an @: a list of people, in which keys, mouse and touch choose.
// compose.js imports it when the first @ is typed.

const { word, say, link, viewer } = site;
const MAX_PEOPLE = 8;
const DELAY_MS = 150;
// From so many letters on, the server finds names by each of their words, too. So if it found fewer
// than it may, a longer beginning finds no others.
const ALL_WORDS_LETTERS = 3;

const NAME = "[\\p{L}\\p{M}\\p{N}_.+-]";
// The same as a mention in posts/text.py: not within a word, an e-mail address or a path.
const BEGUN = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_@/.])@(${NAME}{0,30})$`, "u");
const REST = new RegExp(`^${NAME}*`, "u");
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const list = document.createElement("ul");
Object.assign(list, { id: "people", className: "completions", role: "listbox", hidden: true });

// The attributes of a text field while the list is open: those of a WAI-ARIA combobox that a field
// of several lines may have. It may not have the role, nor say that it is expanded.
const OPEN = Object.entries({
  "aria-autocomplete": "list",
  "aria-haspopup": "listbox",
  "aria-controls": "people",
});

let field = null; // the text field that the list is open for
let begun = null; // { start, name }: the mention at the caret
let closed = null; // the place of a mention whose list was closed by Escape
let people = []; // what the list shows
let at = 0; // the place of the chosen one
let timer = 0;
let asking = null;
const found = new Map(); // by the beginning of a name: what the server answered

// --- What is typed -----------------------------------------------------------------------------

// Whether text after this one is code, as posts/source_code.py has it.
function isInCode(before) {
  const lines = before.split("\n");
  const fences = lines.slice(0, -1).filter((line) => /^`{3,}[ \t]*[\w+#.-]{0,30}[ \t]*\r?$/.test(line));
  return fences.length % 2 === 1 || (lines.at(-1).match(/`+/g) ?? []).length % 2 === 1;
}

function mentionAt({ value, selectionStart, selectionEnd }) {
  if (selectionStart !== selectionEnd) return null;
  const before = value.slice(0, selectionStart);
  const match = BEGUN.exec(before.slice(-200));
  if (!match || isInCode(before)) return null;
  return { start: selectionStart - match[0].length, name: match[1].toLowerCase() };
}

// --- Who is offered ----------------------------------------------------------------------------

function matches(person, beginning) {
  const names = [person.username, ...person.display_name.split(/\s+/)];
  return names.some((name) => fold(name).startsWith(beginning));
}

// The people who write on the page of a post, the last ones first.
function ofThread() {
  if (!document.getElementById("comments")) return [];
  const cards = [...document.querySelectorAll("main article[data-author]")].reverse();
  return cards.map((card) => ({
    username: card.dataset.author,
    display_name: card.querySelector(".name a").textContent,
    face: card.querySelector(".avatar"),
  }));
}

function known(name) {
  for (let length = name.length; length > 0; length -= 1) {
    const answer = found.get(name.slice(0, length));
    const isAll = answer?.length < MAX_PEOPLE && fold(name.slice(0, length)).length >= ALL_WORDS_LETTERS;
    if (answer && (isAll || length === name.length)) return answer;
  }
  return null;
}

function offered(answer) {
  const beginning = fold(begun.name);
  const local = ofThread().filter((person) => matches(person, beginning));
  const others = answer.filter((person) => found.get(begun.name) === answer || matches(person, beginning));
  const byName = new Map([...others, ...local].map((person) => [person.username, person]));
  const names = [...new Set([...local, ...others].map((person) => person.username))];
  const shown = names.filter((name) => name !== viewer).slice(0, MAX_PEOPLE);
  return shown.map((name) => byName.get(name));
}

// The same for all readers, so without the cookie.
async function ask(name) {
  asking?.abort();
  asking = new AbortController();
  const url = link("authors");
  url.search = new URLSearchParams({ q: name });
  try {
    const reply = await fetch(url.href, { credentials: "omit", signal: asking.signal });
    if (!reply.ok) return; // too many, or too slow: the people of the thread are offered
    found.set(name, (await reply.json()).people);
    if (begun?.name === name) show();
  } catch {
    // offline, or another beginning was typed
  }
}

// --- The list ----------------------------------------------------------------------------------

// A text field has a new text.
export function typed({ target }) {
  const mention = mentionAt(target);
  clearTimeout(timer);
  if (mention?.start !== closed) closed = null;
  if (!mention || closed !== null) return close();
  [field, begun] = [target, mention];
  show();
  if (begun.name && !known(begun.name)) timer = setTimeout(ask, DELAY_MS, begun.name);
}

function show() {
  const before = people[at]?.username;
  people = offered(known(begun.name) ?? []);
  if (!people.length) return hide();
  const wasOpen = !list.hidden;
  at = wasOpen ? Math.max(0, people.findIndex((person) => person.username === before)) : 0;
  list.replaceChildren(...people.map(option));
  list.ariaLabel = word("people");
  field.after(list);
  list.hidden = false;
  for (const [name, value] of OPEN) field.setAttribute(name, value);
  choose(at);
  place();
  if (!wasOpen) say(word("people-found", { n: people.length }));
}

function hide() {
  if (list.hidden) return;
  list.hidden = true;
  for (const [name] of OPEN) field.removeAttribute(name);
  field.removeAttribute("aria-activedescendant");
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  hide();
  [begun, people] = [null, []];
}

function option(person, place) {
  const made = document.createElement("li");
  Object.assign(made, { id: `person-${place}`, role: "option" });
  const name = Object.assign(document.createElement("span"), { className: "name", dir: "auto" });
  name.textContent = person.display_name;
  const handle = Object.assign(document.createElement("bdi"), { className: "handle" });
  handle.textContent = `@${person.username}`;
  made.append(face(person), name, " ", handle);
  return made;
}

function face({ face: shown, id, avatar_url: src, display_name: name }) {
  if (shown) return document.importNode(shown, true);
  if (src) return Object.assign(new Image(), { className: "avatar", src, alt: "" });
  const made = document.createElement("span");
  made.className = `avatar hue-${BigInt(id) % 8n}`;
  made.ariaHidden = "true";
  made.textContent = [...name][0].toUpperCase();
  return made;
}

function choose(next) {
  at = (next + people.length) % people.length;
  [...list.children].forEach((one, place) => (one.ariaSelected = String(place === at)));
  field.setAttribute("aria-activedescendant", `person-${at}`);
  list.children[at].scrollIntoView({ block: "nearest" });
}

// Below the line of the @, or above it if there is more room.
function place() {
  const mirror = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of ["font", "padding", "letterSpacing", "direction", "whiteSpace", "overflowWrap"]) {
    mirror.style[name] = style[name];
  }
  const width = `${field.clientWidth}px`;
  Object.assign(mirror.style, { position: "absolute", visibility: "hidden", width });
  const sign = Object.assign(document.createElement("span"), { textContent: "@" });
  mirror.append(field.value.slice(0, begun.start), sign, field.value.slice(begun.start + 1));
  field.after(mirror);
  const top = field.offsetTop + field.clientTop - field.scrollTop + sign.offsetTop;
  const bottom = top + sign.offsetHeight;
  const x = field.offsetLeft + sign.offsetLeft;
  mirror.remove();
  const room = field.offsetParent.getBoundingClientRect();
  const end = visualViewport.height - room.top;
  const isAbove = bottom + list.offsetHeight > end && top + room.top > list.offsetHeight;
  list.style.top = `${isAbove ? top - list.offsetHeight : bottom}px`;
  list.style.left = `${Math.max(0, Math.min(x, room.width - list.offsetWidth))}px`;
}

function take() {
  const { start } = begun;
  const end = field.selectionStart + REST.exec(field.value.slice(field.selectionStart))[0].length;
  const space = /^\s/.test(field.value.slice(end)) ? "" : " ";
  const text = `@${people[at].username}${space}`;
  close();
  field.setSelectionRange(start, end);
  // It is obsolete, but nothing else can be undone like what is typed.
  document.execCommand("insertText", false, text);
  if (!space) field.selectionStart += 1;
}

// --- Keys, mouse and touch ---------------------------------------------------------------------

const KEYS = {
  ArrowDown: () => choose(at + 1),
  ArrowUp: () => choose(at - 1),
  Enter: take,
  Tab: take,
  Escape: () => {
    closed = begun.start;
    close();
  },
};

function press(event) {
  const isWithOther = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (list.hidden || event.target !== field || event.isComposing || isWithOther) return;
  if (!Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  KEYS[event.key]();
}

addEventListener("keydown", press, true); // before the scripts that send or leave a form
for (const name of ["keyup", "click"]) {
  document.addEventListener(name, ({ target }) => {
    if (target === field && begun && mentionAt(field)?.start !== begun.start) close();
  });
}
document.addEventListener("focusout", ({ target }) => target === field && close());
list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps focus
list.addEventListener("click", (event) => {
  const chosen = [...list.children].indexOf(event.target.closest("[role=option]"));
  if (chosen < 0) return;
  at = chosen;
  take();
});
