"use strict";
// Sends a form for writing as the browser would, with progress and a way to stop: `writing.send`.

{
  const { word } = site;
  const { Refused } = writing;

  // No limit on the whole: a slow line may take minutes, as long as bytes move.
  const STALL_SECONDS = 30;
  // After the last byte left the browser, the system may still send what it has in its buffers.
  const ANSWER_SECONDS = 60;
  const SLOW_BYTES_PER_SECOND = 10_000;
  // Text alone is mostly sent before anybody could read how much of it is.
  const SHOWN_AFTER_SECONDS = 2;

  function progressRow(form, stop) {
    const row = Object.assign(document.createElement("div"), { className: "progress" });
    const bar = Object.assign(document.createElement("progress"), { ariaLabel: word("sending") });
    const figure = Object.assign(document.createElement("span"), { className: "meta" });
    row.hidden = true;
    row.append(bar, figure, site.button(word("stop"), stop));
    form.querySelector(".toolbar").after(row);
    const show = () => (row.hidden = false);
    const timer = setTimeout(show, SHOWN_AFTER_SECONDS * 1000);
    if (form.querySelector("input[type=file]")?.files.length) show();
    return {
      set({ loaded, total }) {
        const [done, all] = [loaded, total].map((bytes) => Math.ceil(bytes / 1000));
        const isAll = loaded === total;
        if (isAll) bar.removeAttribute("value");
        else Object.assign(bar, { max: total, value: loaded });
        figure.textContent = isAll ? word("sent-all") : word("sent-of", { done, all });
      },
      end() {
        clearTimeout(timer);
        const hadFocus = row.contains(document.activeElement);
        row.remove();
        if (hadFocus) form.querySelector("[type=submit]").focus();
      },
    };
  }

  // Resolve to the request when it is answered. Rejects with `isStopped` if the writer stopped it.
  function request(form) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const sent = new XMLHttpRequest();
    let timer = 0;
    function end(why, values = {}) {
      reject(Object.assign(new Error(why), values));
      sent.abort();
    }
    function wait(seconds) {
      clearTimeout(timer);
      timer = setTimeout(end, seconds * 1000, "no progress");
    }
    const row = progressRow(form, () => end("stopped", { isStopped: true }));
    sent.upload.onprogress = (event) => {
      row.set(event);
      wait(STALL_SECONDS);
    };
    sent.upload.onload = ({ total }) => wait(ANSWER_SECONDS + total / SLOW_BYTES_PER_SECOND);
    sent.onprogress = () => wait(STALL_SECONDS);
    sent.onload = () => resolve(sent);
    sent.onerror = () => end("no answer");
    sent.open("POST", form.getAttribute("action"));
    wait(STALL_SECONDS);
    sent.send(new FormData(form));
    return promise.finally(() => {
      clearTimeout(timer);
      row.end();
    });
  }

  // Resolve to the page of the answer, and to what it is: `url` of the page if it was stored,
  // `isConflict` if there is a newer version, else it was refused.
  async function send(form) {
    const sent = await request(form);
    const { status, responseURL: url } = sent;
    const isSignIn = new URL(url).pathname === site.link("sign-in").pathname;
    if (isSignIn) throw Object.assign(new Error("signed out"), { status: 401 });
    const page = site.parse(sent.responseText);
    // With 500 and 503 the form comes back if the database failed while the text was saved.
    const hasForm = page.querySelector(`form[data-compose="${form.dataset.compose}"]`) !== null;
    const isConflict = status === 409 && hasForm;
    if (isConflict || status === 422 || status === 507 || (status >= 500 && hasForm)) {
      return { page, isConflict };
    }
    const headers = { get: (name) => sent.getResponseHeader(name) };
    if (status < 200 || status > 299) throw new Refused({ status, url, headers });
    return { page, url };
  }

  // A CSRF token that ended with its session is renewed once.
  writing.send = (form) =>
    send(form).catch(async (error) => {
      if (error.status === 403 && (await writing.renewToken())) return send(form);
      throw error;
    });
}
