// A few lines instead of a framework.

type Child = Node | string | null | false | undefined;
type Attributes = Record<string, string | boolean | null | undefined | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

const ICONS = {
  alert: "M8 2.2 14.6 13.5H1.4zM8 6.4v3.2M8 11.6v.1",
  back: "M10 3 5 8l5 5",
  bell: "M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8zM6.7 14h2.6",
  callback:
    "M5.3 2.2 3.5 2.5c-.7.1-1.2.8-1.1 1.5.6 4.9 4.6 8.9 9.5 9.6.8.1 1.4-.4 1.6-1.1l.3-1.7-2.9-1.7-1.4 1.3A9 9 0 0 1 5.9 6.6l1.2-1.5zM14 2l-4.4 4.4M9.3 3v3.6H13",
  chat: "M2.5 3h11v8H8l-3 2.6V11H2.5z",
  check: "M3 8.5 6.5 12 13 4.5",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.3 1.6",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  down: "M3 6l5 5 5-5",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  eyeOff:
    "M2 2l12 12M6.3 4A6.6 6.6 0 0 1 8 3.8C12 3.8 14.5 8 14.5 8a11 11 0 0 1-1.7 2.1M10 11.9A6.5 6.5 0 0 1 8 12.2C4 12.2 1.5 8 1.5 8a11.3 11.3 0 0 1 2.4-2.7",
  hash: "M6 2.5 4.7 13.5M11.3 2.5 10 13.5M2.5 5.7h11M2.3 10.3h11",
  lock: "M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  hangUp:
    "M1.8 9.6c0-1.2 2.7-3 6.2-3s6.2 1.8 6.2 3c0 .8-.3 1.6-1 1.6l-2-.4c-.5-.1-.8-.5-.8-1V8.7a8 8 0 0 0-4.8 0v1.1c0 .5-.3.9-.8 1l-2 .4c-.7 0-1-.8-1-1.6z",
  keypad: "M4 3.5v.1M8 3.5v.1M12 3.5v.1M4 7v.1M8 7v.1M12 7v.1M4 10.5v.1M8 10.5v.1M12 10.5v.1M8 14v.1",
  mic: "M8 1.8a2 2 0 0 0-2 2v4a2 2 0 0 0 4 0v-4a2 2 0 0 0-2-2zM3.6 7.6a4.4 4.4 0 0 0 8.8 0M8 12v2.2",
  micOff:
    "M2 2l12 12M6 6v1.8a2 2 0 0 0 3 1.7M10 7.4V3.8a2 2 0 0 0-3.9-.6M3.6 7.6a4.4 4.4 0 0 0 6.9 3.6M12.4 7.6a4.4 4.4 0 0 1-.5 2M8 12v2.2",
  next: "M6 3l5 5-5 5",
  phone:
    "M5.3 2.2 3.5 2.5c-.7.1-1.2.8-1.1 1.5.6 4.9 4.6 8.9 9.5 9.6.8.1 1.4-.4 1.6-1.1l.3-1.7-2.9-1.7-1.4 1.3A9 9 0 0 1 5.9 6.6l1.2-1.5z",
  video: "M1.8 4.3h8.4v7.4H1.8zM10.2 7.2l4-2.4v6.4l-4-2.4",
  videoOff: "M2 2l12 12M4.4 4.3H1.8v7.4h8.4v-1.6M7.2 4.3h3v3M10.2 7.2l4-2.4v6.4l-2-1.2",
  window: "M1.8 3h12.4v10H1.8zM1.8 6h12.4M4 4.5v.1M6 4.5v.1",
  wifiOff:
    "M2 2l12 12M3.2 6.6a8 8 0 0 1 2.3-1.5M8.5 4.3a8 8 0 0 1 4.3 2.3M5.3 9.2a4.5 4.5 0 0 1 2.6-1.2M8 12v.1",
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A style sheet that needs no style-src: it is never markup. */
export function sheet(css: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
