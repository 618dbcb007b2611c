/** The look of the gallery, by day and by night. */
export const galleryStyle = `
:root { color-scheme: light dark; --ground: #f6f5f2; --card: #fff; --ink: #1b1d22; --soft: #666b76; --line: #e3e1db; --accent: #1d5c63; --code: #f1efe9; --check: #ebe8e1; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14161a; --card: #1c1f25; --ink: #eceae5; --soft: #9aa0ac; --line: #2c3038; --accent: #7fd0c9; --code: #14161a; --check: #191c21; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 56px 28px 96px; }
header { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); gap: 40px; align-items: center; margin-bottom: 28px; }
header img { width: 100%; height: auto; border-radius: 14px; display: block; }
h1 { font-size: 42px; line-height: 1.1; letter-spacing: -0.02em; margin: 0 0 14px; }
header p { color: var(--soft); margin: 0 0 10px; max-width: 52ch; }
header code { color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--accent); }
nav { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 6px; padding: 12px 0; margin-bottom: 12px; background: var(--ground); border-bottom: 1px solid var(--line); }
nav a { padding: 4px 12px; border-radius: 99px; text-decoration: none; font-size: 14px; color: var(--soft); }
nav a:hover, nav a:focus-visible { background: var(--card); color: var(--ink); }
section { padding-top: 34px; scroll-margin-top: 40px; }
h2 { font-size: 24px; letter-spacing: -0.01em; margin: 0; }
section > p { color: var(--soft); margin: 4px 0 18px; max-width: 75ch; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 18px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; display: flex; flex-direction: column; }
.frame { height: 236px; padding: 14px; display: grid; place-items: center; background-color: var(--code);
  background-image: conic-gradient(var(--check) 25%, transparent 0 50%, var(--check) 0 75%, transparent 0); background-size: 18px 18px; }
.frame img { max-width: 100%; max-height: 208px; width: auto; height: auto; object-fit: contain; display: block; }
figcaption { padding: 14px 16px 16px; display: grid; gap: 8px; flex: 1; align-content: start; }
.name { display: grid; gap: 1px; }
h3 { font-size: 16px; margin: 0; }
.facts, .note { color: var(--soft); font-size: 12.5px; margin: 0; font-variant-numeric: tabular-nums; }
.facts { white-space: nowrap; }
button { all: unset; cursor: copy; display: flex; gap: 10px; align-items: start; justify-content: space-between; background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px; }
button:hover, button:focus-visible { border-color: var(--accent); }
button::after { content: 'copy'; color: var(--accent); font-size: 12px; line-height: 1.6; }
button[data-copied]::after { content: 'copied'; }
code { font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
button code { overflow-wrap: anywhere; }
footer { margin-top: 56px; padding-top: 20px; border-top: 1px solid var(--line); color: var(--soft); font-size: 14px; }
@media (max-width: 780px) { main { padding: 28px 16px 64px; } header { grid-template-columns: 1fr; gap: 20px; } h1 { font-size: 32px; } }
`;
