// The window's look: the widget's roles, light and dark.
export const STYLE = `
:root {
  color-scheme: light dark; --surface: #fff; --ink: #161b20; --ink-2: #444e58; --line: #808a94; --accent: #0e5a6b; --on-accent: #fff;
  --danger: #b3261e; --focus: #0b57d0;
  font: 16px/24px -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root { --surface: #181d22; --ink: #e9edf0; --ink-2: #b7c0c9; --line: #74808b; --accent: #62b6c7; --on-accent: #05242c; --danger: #cf3d34; --focus: #8ab4f8; }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--surface); color: var(--ink); }
main { display: flex; flex-direction: column; gap: 16px; max-width: 26rem; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 20px; line-height: 28px; font-weight: 650; }
p { color: var(--ink-2); }
[hidden] { display: none !important; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
button, select { font: inherit; color: inherit; min-height: 44px; padding: 0 16px; border: 1px solid var(--line); border-radius: 8px; background: transparent; }
button { cursor: pointer; }
.primary { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.danger { background: var(--danger); color: #fff; border-color: transparent; }
.keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
label { display: flex; flex-direction: column; gap: 4px; }
summary { min-height: 44px; padding: 10px 0; cursor: pointer; }
video { width: 100%; border-radius: 8px; background: #000; }
.self { width: 40%; align-self: flex-end; }
meter { width: 100%; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
`;
