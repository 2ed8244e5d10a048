// The window's look: the widget's roles, light and dark.
export const STYLE = `
:root {
  color-scheme: light dark; --surface: #fff; --sunken: #eaedef; --ink: #161b20; --ink-2: #444e58; --line: #dadfe3; --line-strong: #808a94;
  --accent: #0e5a6b; --accent-hover: #0a4654; --on-accent: #fff; --accent-soft: #e2eff2; --accent-ink: #0b4c5b;
  --danger: #b3261e; --danger-soft: #fbe9e7; --danger-ink: #96201a; --talking: #1d54ad; --talking-soft: #e4edfb; --focus: #0b57d0;
  font: 14px/20px -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #181d22; --sunken: #0b0e11; --ink: #e9edf0; --ink-2: #b7c0c9; --line: #2c343b; --line-strong: #74808b;
    --accent: #62b6c7; --accent-hover: #86cbd9; --on-accent: #05242c; --accent-soft: #12323a; --accent-ink: #93d6e3;
    --danger: #cf3d34; --danger-soft: #3a1a18; --danger-ink: #f7aca6; --talking: #92b9f7; --talking-soft: #172a47; --focus: #8ab4f8;
  }
}
* { box-sizing: border-box; margin: 0; }
html { background: var(--surface); color: var(--ink); }
main { display: flex; flex-direction: column; gap: 20px; max-width: 26rem; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 20px; line-height: 26px; font-weight: 650; text-wrap: balance; }
p { color: var(--ink-2); }
[hidden] { display: none !important; }
.icon { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.say { display: flex; gap: 14px; align-items: flex-start; }
.say > div:last-child { flex: 1; min-width: 0; display: grid; gap: 2px; }
.sign { display: grid; place-items: center; width: 48px; height: 48px; flex: none; border-radius: 50%; background: var(--accent-soft); color: var(--accent-ink); font-weight: 650; font-size: 17px; }
.sign.bad { background: var(--danger-soft); color: var(--danger-ink); }
.sign.talking { background: var(--talking-soft); color: var(--talking); }
.time { font-weight: 650; color: var(--ink); }
.remark { padding: 10px 12px; border-radius: 8px; background: var(--sunken); }
.notice { display: flex; gap: 12px; align-items: center; padding: 8px 8px 8px 12px; border-radius: 8px; background: var(--talking-soft); color: var(--talking); font-weight: 600; }
.notice span { flex: 1; }
button, select { font: inherit; color: inherit; min-height: 44px; padding: 0 16px; border: 1px solid var(--line-strong); border-radius: 8px; background: var(--surface); }
button { cursor: pointer; font-weight: 600; }
button:hover { background: var(--sunken); }
.notice button { color: var(--ink); }
.primary { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.primary:hover { background: var(--accent-hover); }
.row { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 8px; justify-items: center; }
.round { display: grid; justify-items: center; gap: 6px; padding: 0; border: 0; background: none; font-size: 13px; line-height: 18px; font-weight: 400; color: var(--ink-2); }
.round:hover { background: none; }
.round i { display: grid; place-items: center; width: 56px; height: 56px; border: 1px solid var(--line-strong); border-radius: 50%; background: var(--surface); color: var(--ink); }
.round:hover i { background: var(--sunken); }
.round[aria-pressed="true"] i { background: var(--accent-soft); border-color: var(--accent); color: var(--accent-ink); }
.round.danger i { background: var(--danger); border-color: var(--danger); color: #fff; }
.keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.stage { position: relative; border-radius: 12px; overflow: clip; background: #000; aspect-ratio: 4 / 3; }
.stage video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.stage:not(.alone) video[data-part="mine"] { inset: 12px 12px auto auto; width: 28%; height: auto; aspect-ratio: 4 / 3; border: 2px solid #fff; border-radius: 8px; }
video[data-part="mine"] { transform: scaleX(-1); }
details { border-top: 1px solid var(--line); padding-top: 8px; }
details > :not(summary) { margin-bottom: 12px; }
summary { min-height: 44px; padding: 12px 0; cursor: pointer; font-weight: 600; color: var(--accent-ink); }
label { display: flex; flex-direction: column; gap: 4px; font-size: 13px; line-height: 18px; font-weight: 600; }
select { width: 100%; min-width: 0; padding: 0 12px; font-weight: 400; font-size: 14px; }
meter { width: 100%; height: 12px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.round:focus-visible { outline: none; }
.round:focus-visible i { outline: 2px solid var(--focus); outline-offset: 2px; }
@media (forced-colors: active) { button, .round i, .sign { border: 1px solid; } }
`;
