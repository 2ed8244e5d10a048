// Pictures of the page as data URLs: the agent's browser must not fetch anything from the shop.

const LONGEST_SIDE = 800;

type Drawn = { source: string; width: number; data: string | null };
/** A picture that was drawn once is not drawn again for the next view of the page. */
const drawnBefore = new WeakMap<HTMLImageElement, Drawn>();

/** The picture as the customer sees it, made small; null when the browser does not let us read it. */
export function imageData(image: HTMLImageElement): string | null {
  if (!image.complete || !image.naturalWidth) return null;
  const before = drawnBefore.get(image);
  const source = image.currentSrc || image.src;
  if (before?.source === source && before.width === image.width) return before.data;
  const shown = Math.max(image.width, image.height) || Math.max(image.naturalWidth, image.naturalHeight);
  const data = drawn(image, Math.min(shown * 1.5, LONGEST_SIDE));
  drawnBefore.set(image, { source, width: image.width, data });
  return data;
}

/** Smaller, until it has at most `most` characters. */
export function smallImageData(image: HTMLImageElement, most: number): string | null {
  for (const side of [400, 200, 100]) {
    const data = drawn(image, side);
    if (data && data.length <= most) return data;
  }
  return null;
}

export function canvasData(canvas: HTMLCanvasElement): string | null {
  try {
    return canvas.width && canvas.height ? canvas.toDataURL("image/webp", 0.7) : null;
  } catch {
    return null;
  }
}

function drawn(image: HTMLImageElement, longest: number): string | null {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
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
