"use strict";
// Marks the words of a search in the posts that it found. Words are compared as the site compares
// them (posts/search_words.py): without case and accents, from the beginning of a word.

{
  const feed = document.querySelector("#feed");
  const fold = (text) => text.normalize("NFKD").replace(/\p{Mn}|[\u200c\u200d]/gu, "").toLowerCase().replaceAll("ς", "σ");
  const words = (text) => fold(text).match(/[\p{L}\p{N}_]+|\p{Extended_Pictographic}|\p{Regional_Indicator}/gu) ?? [];
  const wanted = words(document.querySelector("#search").value);

  // Each character of the folded text, with its place in the node.
  function folded(text) {
    const places = [];
    let plain = "";
    let at = 0;
    for (const character of text) {
      const letters = fold(character);
      plain += letters;
      for (let n = 0; n < letters.length; n += 1) places.push(at);
      at += character.length;
    }
    places.push(at);
    return { plain, places };
  }

  function found(node) {
    const { plain, places } = folded(node.data);
    const ranges = [];
    for (const { 0: word, index } of plain.matchAll(/[\p{L}\p{N}_]+|\p{Extended_Pictographic}|\p{Regional_Indicator}/gu)) {
      const begun = wanted.find((one) => word.startsWith(one));
      if (!begun) continue;
      const range = new Range();
      range.setStart(node, places[index]);
      range.setEnd(node, places[index + begun.length]);
      ranges.push(range);
    }
    return ranges;
  }

  function mark() {
    const ranges = [];
    for (const text of feed.querySelectorAll(".text")) {
      const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      while (nodes.nextNode()) ranges.push(...found(nodes.currentNode));
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  // Older browsers show the posts without marks.
  if (feed && wanted.length && CSS.highlights) {
    mark();
    new MutationObserver(mark).observe(feed, { childList: true });
  }
}
