"use strict";
// Makes an image as small as it will be shown, before it travels: `writing.shrink`.

{
  const MAX_SIDE = 1_600; // pixels; the server keeps no more (POST_SIDE in posts/images.py)
  const QUALITY = 0.85;
  const SMALL_BYTES = 300_000; // not worth a loss of quality
  const MAX_DECODED_BYTES = 60_000_000; // a phone may not have the memory for more

  const ascii = (bytes, from, to) => String.fromCharCode(...bytes.slice(from, to));

  // A canvas has one picture, so what moves is sent as it is.
  async function isAnimated(file) {
    if (file.type === "image/gif") return true;
    const bytes = new Uint8Array(await file.slice(0, 4_096).arrayBuffer());
    if (file.type === "image/png") return ascii(bytes, 0, bytes.length).includes("acTL");
    return ascii(bytes, 12, 16) === "VP8X" && (bytes[20] & 2) !== 0;
  }

  // Draws the image upright: the browser turns it as its metadata says.
  function draw(bitmap) {
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  function isOpaque(canvas) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return false;
    return true;
  }

  const encode = (canvas, type) =>
    new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));

  // WebP keeps what is transparent. A browser that can't make it makes PNG instead.
  async function encoded(canvas) {
    const blob = await encode(canvas, "image/webp");
    if (blob?.type === "image/webp") return blob;
    return isOpaque(canvas) ? encode(canvas, "image/jpeg") : null;
  }

  const moving = new WeakSet();

  async function shrunk(file) {
    if (await isAnimated(file)) moving.add(file);
    if (file.size > MAX_DECODED_BYTES || moving.has(file)) return null;
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    try {
      const isLarge = Math.max(bitmap.width, bitmap.height) > MAX_SIDE;
      return isLarge || file.size > SMALL_BYTES ? await encoded(draw(bitmap)) : null;
    } finally {
      bitmap.close();
    }
  }

  // Resolve to the smaller image, or to the file itself: if it is small, moves, can't be read, or
  // would become larger.
  writing.shrink = async (file) => {
    const blob = await shrunk(file).catch(() => null);
    if (!blob || blob.size >= file.size) return file;
    const name = file.name.replace(/(\.\w+)?$/, `.${blob.type.split("/")[1]}`);
    return new File([blob], name, { type: blob.type });
  };

  // Whether an image moves, as far as it is known.
  writing.isMoving = (file) => moving.has(file) || file.type === "image/gif";
}
