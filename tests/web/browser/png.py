"""Small pictures of screens: a few colours, every other one by the nearest that is kept.

The shades at the edges of letters are most of what a picture of text weighs, and nobody misses them.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from playwright.sync_api import Page

AREAS, COLOURS = 12, 28
"""So many of the commonest colours are kept whatever they are: they fill areas. Then others, down to so many in all."""
APART = 60
"""Those must differ by so much from all that are kept, red, green and blue together."""
PIXELS = """async (packed) => {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let at = 0; at < pixels.length; at += 32768) text += String.fromCharCode(...pixels.subarray(at, at + 32768));
    return btoa(text);
}"""


def write(rgb: np.ndarray) -> bytes:
    """A PNG with a palette, of an array (height, width, 3) of bytes."""
    height, width, _ = rgb.shape
    packed = (rgb[..., 0].astype(np.uint32) << 16) | (rgb[..., 1].astype(np.uint32) << 8) | rgb[..., 2]
    known, index, count = np.unique(packed, return_inverse=True, return_counts=True)
    palette = _kept(_split(known[np.argsort(count)[::-1]]).astype(int))
    nearest = np.array([np.abs(palette - one).sum(axis=1).argmin() for one in _split(known).astype(int)])
    pixels = nearest[index].reshape(height, width).astype(np.uint8)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels], axis=1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _kept(colours: np.ndarray) -> np.ndarray:
    """Of all, the commonest first."""
    kept = colours[:AREAS]
    for one in colours[AREAS:]:
        if len(kept) < COLOURS and np.abs(kept - one).sum(axis=1).min() > APART:
            kept = np.concatenate([kept, [one]])
    return kept


def read(page: Page, png: bytes) -> np.ndarray:
    """The bytes (height, width, 3) of a picture, unpacked by the browser that made it."""
    width, height = struct.unpack(">II", png[16:24])
    raw = base64.b64decode(page.evaluate(PIXELS, base64.b64encode(png).decode()))
    return np.frombuffer(raw, np.uint8).reshape(height, width, 4)[..., :3]


def _split(packed: np.ndarray) -> np.ndarray:
    return np.stack([(packed >> 16) & 255, (packed >> 8) & 255, packed & 255], axis=-1).astype(np.uint8)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
