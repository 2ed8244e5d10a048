const PATHS = {
  alert: "M8 2.2 14.6 13.5H1.4zM8 6.4v3.2M8 11.6v.1",
  bell: "M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8zM6.7 14h2.6",
  callback:
    "M14 2 9.5 6.5M9.5 3v3.5H13M5.3 2.2 3.5 2.5c-.7.1-1.2.8-1.1 1.5.6 4.9 4.6 8.9 9.5 9.6.8.1 1.4-.4 1.6-1.1l.3-1.7-2.9-1.7-1.4 1.3A9 9 0 0 1 5.9 6.6l1.2-1.5z",
  check: "M3 8.5 6.5 12 13 4.5",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.3 1.6",
  down: "M3.5 6 8 10.5 12.5 6",
  headset: "M2.5 10.5V8a5.5 5.5 0 0 1 11 0v2.5M2.5 9.5h2v4h-1a1 1 0 0 1-1-1zM13.5 9.5h-2v4h1a1 1 0 0 0 1-1z",
  keypad: "M3.5 3h.2M8 3h.2M12.5 3h.2M3.5 8h.2M8 8h.2M12.5 8h.2M3.5 13h.2M8 13h.2M12.5 13h.2",
  mic: "M8 1.8a2 2 0 0 0-2 2v4a2 2 0 0 0 4 0v-4a2 2 0 0 0-2-2zM3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.3",
  micOff:
    "M2 2l12 12M6 6v1.8a2 2 0 0 0 3.3 1.5M10 6.5V3.8a2 2 0 0 0-3.9-.6M3.5 7.5a4.5 4.5 0 0 0 7.3 3.5M12.5 7.5a4.4 4.4 0 0 1-.3 1.5M8 12v2.3",
  pause: "M5.5 3v10M10.5 3v10",
  video: "M1.8 4.2h8.4v7.6H1.8zM10.2 7l4-2.3v6.6l-4-2.3z",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  eyeOff:
    "M2 2l12 12M6.3 4A6.6 6.6 0 0 1 8 3.8C12 3.8 14.5 8 14.5 8a11 11 0 0 1-1.7 2.1M10 11.9A6.5 6.5 0 0 1 8 12.2C4 12.2 1.5 8 1.5 8a11.3 11.3 0 0 1 2.4-2.7",
  hangUp: "M1.8 9.3C5 6 11 6 14.2 9.3l-.9 1.9-2.8-.9V8.4a8 8 0 0 0-5 0v1.9l-2.8.9z",
  lock: "M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  page: "M4 1.8h5.5L12.5 5v9.2H4zM9.3 1.8V5.2h3.2",
  pencil: "M3 13l.7-3L11 2.7l2.3 2.3L6 12.3z",
  person: "M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.8 14a5.2 5.2 0 0 1 10.4 0",
  phone:
    "M5.3 2.2 3.5 2.5c-.7.1-1.2.8-1.1 1.5.6 4.9 4.6 8.9 9.5 9.6.8.1 1.4-.4 1.6-1.1l.3-1.7-2.9-1.7-1.4 1.3A9 9 0 0 1 5.9 6.6l1.2-1.5z",
  transfer: "M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 7.5l-3 3 3 3",
  back: "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H8",
  plus: "M8 3v10M3 8h10",
  search: "M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM10.5 10.5 14 14",
  slash: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM3.8 3.8l8.4 8.4",
  more: "M3 8h.1M8 8h.1M13 8h.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, large = false }: { name: IconName; large?: boolean }) {
  return (
    <svg viewBox="0 0 16 16" class={large ? "icon large" : "icon"} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d="M2 1.5h12A1.5 1.5 0 0 1 15.5 3v7a1.5 1.5 0 0 1-1.5 1.5H7.5L4 14.8v-3.3H2A1.5 1.5 0 0 1 .5 10V3A1.5 1.5 0 0 1 2 1.5z" />
        <path class="plus" d="M8 4v5M5.5 6.5h5" />
      </svg>
      ctiapp
    </span>
  );
}
