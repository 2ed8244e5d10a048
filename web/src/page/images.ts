// Pictures of the page as data URLs: the agent's browser must not fetch anything from the shop.

const LONGEST_SIDE = 800;

/** The picture as the customer sees it, made small; null when the browser does not let us read it. */
export function imageData(image: HTMLImageElement): string | null {
  if (!image.complete || !image.naturalWidth) return null;
  const shown = Math.max(image.width, image.height) || Math.max(image.naturalWidth, image.naturalHeight);
  const wanted = Math.min(shown * 1.5, LONGEST_SIDE);
  const scale = Math.min(1, wanted / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = image.ownerDocument.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  try {
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.7);
  } catch {
    return null;
  }
}

export function canvasData(canvas: HTMLCanvasElement): string | null {
  try {
    return canvas.width && canvas.height ? canvas.toDataURL("image/webp", 0.7) : null;
  } catch {
    return null;
  }
}
