// What the shop says on the script tag.

export type Config = {
  base: string;
  site: string;
  name: string;
  accent: string | null;
  radius: number | null;
  identity: () => Promise<string | null>;
};

declare global {
  interface Window {
    ctiappIdentity?: () => string | null | Promise<string | null>;
  }
}

export function readConfig(script: HTMLScriptElement): Config {
  const { site, name, accent, radius } = script.dataset;
  const fixed = script.dataset.identity ?? null;
  return {
    base: new URL(script.src).origin,
    site: site ?? "",
    name: name ?? document.querySelector<HTMLMetaElement>('meta[property="og:site_name"]')?.content ?? "",
    accent: accent && acceptable(accent) ? accent : null,
    radius: radius && /^\d{1,2}$/.test(radius) ? Number(radius) : null,
    identity: async () => (window.ctiappIdentity ? await window.ctiappIdentity() : fixed) || null,
  };
}

/** The shop's signed word on who this is; null: there is none, or the shop failed to give it. */
export async function identityOf(config: Config): Promise<string | null> {
  return config.identity().catch(() => null);
}

/** A shop's accent carries white text, so it needs a contrast of 4.5:1 with white (WCAG 2.2, 1.4.3). */
export function acceptable(accent: string): boolean {
  const contrast = contrastWithWhite(accent);
  if (contrast !== null && contrast >= 4.5) return true;
  console.warn(`ctiapp: data-accent "${accent}" is refused: it needs a contrast of 4.5:1 with white`);
  return false;
}

export function contrastWithWhite(accent: string): number | null {
  const hex = /^#([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(accent)?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((letter) => letter + letter).join("") : hex;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) =>
    linear(Number.parseInt(full.slice(at, at + 2), 16) / 255),
  );
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
