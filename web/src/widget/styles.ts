// The widget's look. Roles, not colours; light and dark; a shop may change accent and radius, nothing else.

const TOKENS = `
:host {
  color-scheme: light dark;
  --surface: #fff; --surface-2: #f8f9fa; --sunken: #eaedef; --line: #dadfe3; --line-strong: #808a94;
  --ink: #161b20; --ink-2: #444e58; --ink-3: #59636e;
  --accent: var(--shop-accent, #0e5a6b); --accent-hover: var(--shop-accent-hover, #0a4654); --on-accent: #fff;
  --accent-soft: #e2eff2; --accent-ink: #0b4c5b; --danger: #b3261e; --danger-soft: #fbe9e7; --danger-ink: #96201a;
  --ready: #1b6e38; --warn: #7d4b00; --warn-soft: #fdf0d8; --talking: #1d54ad; --talking-soft: #e4edfb;
  --focus: #0b57d0; --radius: var(--shop-radius, 14px); --control: min(8px, var(--radius));
  --shadow: 0 1px 2px rgba(20, 27, 34, .06), 0 8px 24px rgba(20, 27, 34, .14);
  font: 14px/20px -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
@media (prefers-color-scheme: dark) {
  :host {
    --surface: #181d22; --surface-2: #1d2329; --sunken: #0b0e11; --line: #2c343b; --line-strong: #74808b;
    --ink: #e9edf0; --ink-2: #b7c0c9; --ink-3: #98a4af;
    --accent: var(--shop-accent, #62b6c7); --accent-hover: var(--shop-accent-hover, #86cbd9);
    --on-accent: var(--shop-on-accent, #05242c); --accent-soft: #12323a; --accent-ink: #93d6e3;
    --danger: #cf3d34; --danger-soft: #3a1a18; --danger-ink: #f7aca6; --ready: #7ad39b;
    --warn: #eebc6a; --warn-soft: #35270f; --talking: #92b9f7; --talking-soft: #172a47; --focus: #8ab4f8;
    --shadow: 0 1px 2px rgba(0, 0, 0, .5), 0 10px 28px rgba(0, 0, 0, .5);
  }
}
* { box-sizing: border-box; margin: 0; }
button { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.icon { width: 16px; height: 16px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
`;

export const BUTTON = `${TOKENS}
:host { display: inline-block; }
:host([hidden]) { display: none; }
button {
  display: inline-flex; align-items: center; gap: 12px; min-height: 52px; padding: 6px 22px 6px 18px; border: 1px solid transparent;
  border-radius: min(26px, calc(var(--radius) * 2)); background: var(--accent); color: var(--on-accent); text-align: left;
  cursor: pointer; box-shadow: var(--shadow);
}
button:hover { background: var(--accent-hover); }
button:active { transform: translateY(1px); }
.icon { width: 22px; height: 22px; }
b { display: block; font-size: 16px; font-weight: 650; }
small { display: block; font-size: 13px; line-height: 18px; }
@media (prefers-reduced-motion: reduce) { button:active { transform: none; } }
@media (forced-colors: active) { button { border-color: ButtonText; } }
`;

export const PANEL = `${TOKENS}
:host { all: initial; }
${TOKENS}
:host { position: fixed; z-index: 2147483000; right: 16px; bottom: 16px; width: 372px; max-width: calc(100vw - 32px); color: var(--ink); }
:host([hidden]) { display: none; }
.panel {
  display: flex; flex-direction: column; max-height: calc(100vh - 32px); max-height: calc(100dvh - 32px); overflow: clip; background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow);
}
.head { display: flex; align-items: center; gap: 4px; min-height: 56px; padding: 0 4px 0 16px; border-bottom: 1px solid var(--line); }
.head b { flex: 1; font-weight: 650; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.head.deeper { padding-left: 4px; }
.body { padding: 16px; display: grid; gap: 14px; overflow-y: auto; }
.foot { display: flex; gap: 10px; align-items: flex-start; padding: 12px 16px; border-top: 1px solid var(--line); background: var(--surface-2); font-size: 13px; line-height: 18px; color: var(--ink-2); }
.foot .icon { margin-top: 1px; }
.foot > div { flex: 1; min-width: 0; }
.foot b { color: var(--ink); }
h2 { font-size: 17px; line-height: 22px; font-weight: 650; }
h2:focus-visible { outline-offset: 4px; border-radius: 2px; }
h2:focus { outline: none; }
h2:focus-visible { outline: 2px solid var(--focus); }
p { color: var(--ink-2); }
.label { font-size: 14px; line-height: 20px; font-weight: 400; color: var(--ink-2); }
.number { display: block; font-size: 30px; line-height: 36px; font-weight: 650; letter-spacing: -.3px; white-space: nowrap; color: var(--ink); user-select: all; }
.row { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
.time { font-weight: 650; }
.soon { color: var(--danger-ink); font-weight: 600; }
.bar { height: 6px; border-radius: 3px; background: var(--sunken); box-shadow: inset 0 0 0 1px var(--line); overflow: clip; }
.bar span { display: block; height: 100%; width: 100%; background: var(--accent); }
.timing { display: grid; gap: 6px; }
.action {
  display: flex; align-items: center; justify-content: center; gap: 8px; min-height: 44px; padding: 8px 16px; border: 1px solid var(--line-strong);
  border-radius: var(--control); background: var(--surface); color: var(--ink); font-weight: 600; text-decoration: none; cursor: pointer; text-align: center;
}
.action:hover { background: var(--sunken); }
.action.filled { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-size: 15px; }
.action.filled:hover { background: var(--accent-hover); }
.action.danger { border-color: var(--danger-ink); color: var(--danger-ink); }
.action[aria-disabled="true"] { opacity: .75; cursor: progress; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.two.long { grid-template-columns: 1fr auto; }
.tool { display: grid; place-items: center; width: 44px; height: 44px; flex: none; border: 0; border-radius: var(--control); background: none; cursor: pointer; }
.tool:hover { background: var(--sunken); }
.link { display: inline-flex; align-items: center; min-height: 44px; margin: -12px 0; padding: 0; border: 0; background: none; color: var(--accent-ink); font-weight: 600; text-decoration: underline; text-underline-offset: 2px; cursor: pointer; text-align: left; }
.card { display: flex; gap: 14px; align-items: center; padding: 12px; border: 1px solid var(--line); border-radius: var(--control); }
.qr { width: 112px; height: 112px; flex: none; border-radius: 4px; overflow: clip; background: #fff; }
.qr svg { display: block; width: 100%; height: 100%; }
.card b { display: block; }
.card p { font-size: 13px; line-height: 18px; margin-bottom: 12px; }
.choice { display: flex; gap: 12px; align-items: center; width: 100%; padding: 12px; min-height: 72px; border: 1px solid var(--line-strong); border-radius: var(--control); background: var(--surface); text-align: left; cursor: pointer; }
.choice:hover { background: var(--surface-2); border-color: var(--accent); }
.choice span { flex: 1; font-size: 13px; line-height: 18px; color: var(--ink-2); }
.choice b { display: block; font-size: 15px; line-height: 20px; color: var(--ink); }
.badge { display: grid; place-items: center; width: 40px; height: 40px; flex: none; border-radius: var(--control); background: var(--accent-soft); color: var(--accent-ink); }
.badge .icon, .sign .icon { width: 20px; height: 20px; }
.sign { display: grid; place-items: center; width: 48px; height: 48px; flex: none; border-radius: 50%; background: var(--accent-soft); color: var(--accent-ink); font-weight: 650; font-size: 17px; }
.sign.warn { background: var(--warn-soft); color: var(--warn); }
.sign.bad { background: var(--danger-soft); color: var(--danger-ink); }
.say { display: flex; gap: 14px; align-items: flex-start; }
.say > div:not(.sign) { flex: 1; display: grid; gap: 2px; padding-top: 2px; }
.hours { display: flex; align-items: center; gap: 8px; font-size: 13px; color: var(--ink-2); }
.or { display: flex; align-items: center; gap: 12px; font-size: 13px; line-height: 18px; color: var(--ink-2); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.pill { display: inline-flex; align-items: center; gap: 5px; padding: 2px 8px; border-radius: 11px; background: var(--talking-soft); color: var(--talking); font-size: 12px; font-weight: 600; white-space: nowrap; }
.pill .icon { width: 14px; height: 14px; }
.switch { display: inline-flex; align-items: center; gap: 8px; min-width: 78px; min-height: 44px; margin: -6px 0; padding: 0; border: 0; background: none; font-weight: 600; color: var(--ink); cursor: pointer; }
.switch i { position: relative; width: 36px; height: 20px; border-radius: 10px; background: var(--surface); border: 1px solid var(--line-strong); }
.switch i::after { content: ""; position: absolute; top: 2px; left: 2px; width: 14px; height: 14px; border-radius: 50%; background: var(--line-strong); }
.switch[aria-checked="true"] i { background: var(--accent); border-color: var(--accent); }
.switch[aria-checked="true"] i::after { left: 18px; background: var(--on-accent); }
form, fieldset, .slot, .field { display: grid; gap: 10px; min-width: 0; }
form { gap: 14px; }
form > :empty, [hidden] { display: none !important; }
fieldset { padding: 0; border: 0; }
legend { padding: 0; margin-bottom: 8px; }
.field { gap: 4px; }
.field label, legend, .field .label { font-size: 13px; line-height: 18px; font-weight: 600; color: var(--ink); }
small { font-size: 13px; line-height: 18px; color: var(--ink-3); }
input:not([type="radio"], [type="checkbox"]) { width: 100%; min-height: 44px; padding: 8px 12px; border: 1px solid var(--line-strong); border-radius: var(--control); background: var(--surface); color: var(--ink); font: inherit; font-size: 16px; }
input[aria-invalid="true"] { border-color: var(--danger-ink); }
input[type="radio"], input[type="checkbox"] { width: 20px; height: 20px; margin: 0; flex: none; accent-color: var(--accent); }
.known { min-height: 44px; padding: 11px 12px; border: 1px solid var(--line); border-radius: var(--control); background: var(--surface-2); font-size: 16px; }
.wrong { display: flex; gap: 8px; font-size: 13px; line-height: 18px; color: var(--danger-ink); }
.option, .check { display: flex; gap: 12px; align-items: flex-start; min-height: 44px; padding: 11px 12px; border: 1px solid var(--line-strong); border-radius: var(--control); cursor: pointer; }
.option span, .option b { display: block; }
.option.chosen { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.check { padding: 11px 0; border: 0; font-size: 13px; line-height: 18px; color: var(--ink-2); }
.days, .hourly { display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(68px, 1fr)); }
.hourly { grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); }
.chip { display: grid; justify-items: center; align-content: center; min-height: 44px; padding: 4px 6px; border: 1px solid var(--line-strong); border-radius: var(--control); background: var(--surface); font-size: 12px; line-height: 16px; color: var(--ink-2); cursor: pointer; }
.chip b { font-size: 13px; color: var(--ink); }
.hourly .chip { font-size: 13px; font-weight: 600; color: var(--ink); }
.chip:hover { background: var(--sunken); }
.chip[aria-pressed="true"] { border-color: var(--accent); background: var(--accent-soft); box-shadow: inset 0 0 0 1px var(--accent); color: var(--accent-ink); }
.chip[aria-pressed="true"] b { color: var(--accent-ink); }
.standing { display: flex; gap: 16px; align-items: center; padding: 12px 14px; border: 1px solid var(--line); border-radius: var(--control); background: var(--surface-2); }
.standing div { display: grid; }
.standing div:last-child { flex: 1; font-size: 13px; line-height: 18px; color: var(--ink-2); }
.standing div:last-child b { font-size: 14px; color: var(--ink); }
.figure { font-size: 26px; line-height: 30px; font-weight: 650; white-space: nowrap; }
.figure.words { font-size: 17px; line-height: 22px; white-space: normal; }
.notice .link { margin: -4px 0 -12px; color: inherit; }
ol { list-style: none; padding: 0; display: grid; gap: 10px; }
li { display: flex; align-items: center; gap: 12px; color: var(--ink-2); }
li span { flex: 1; }
li i { display: grid; place-items: center; width: 20px; height: 20px; flex: none; border-radius: 50%; border: 1.5px solid var(--line-strong); }
li .icon { width: 12px; height: 12px; stroke-width: 2; }
li.done i { background: var(--ready); border-color: var(--ready); color: var(--surface); }
li.now { color: var(--ink); font-weight: 650; }
li.now i { border: 5px solid var(--accent); }
.notice { display: flex; gap: 8px; padding: 10px 12px; border-radius: var(--control); background: var(--warn-soft); color: var(--warn); font-size: 13px; line-height: 18px; }
.small { display: flex; align-items: center; padding-right: 4px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); box-shadow: var(--shadow); }
.small [data-part="expand"] { display: flex; align-items: center; gap: 10px; flex: 1; min-width: 0; min-height: 50px; padding: 6px 8px 6px 16px; border: 0; border-radius: var(--radius); background: none; font-weight: 600; text-align: left; cursor: pointer; }
.small span:first-of-type { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.small .icon { color: var(--accent-ink); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 420px) {
  :host { right: 0; bottom: 0; left: 0; width: 100%; max-width: none; }
  .panel { max-height: 90vh; max-height: 90dvh; border-width: 1px 0 0; border-radius: var(--radius) var(--radius) 0 0; padding-bottom: env(safe-area-inset-bottom); }
  .small { border-radius: 0; border-width: 1px 0 0; }
}
@media (max-width: 340px) { .number { font-size: 24px; } }
@media (prefers-reduced-motion: no-preference) {
  .panel { animation: rise .14s ease-out; }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
}
@media (forced-colors: active) { .action, .chip, .panel, .pill, .small { border: 1px solid; } }
`;
