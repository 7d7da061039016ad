/** How a report looks: on paper colours for day and night, and without anything to load. */

export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f8, #0d1117);
  --surface: light-dark(#ffffff, #151b24);
  --raised: light-dark(#f8f9fb, #1b232e);
  --ink: light-dark(#18202c, #e3e9f1);
  --quiet: light-dark(#586375, #97a4b6);
  --line: light-dark(#e1e5ec, #29323f);
  --strong-line: light-dark(#c4ccd8, #3c4858);
  --accent: light-dark(#2a5fd3, #7aa7ff);
  --accent-soft: light-dark(#e6edfc, #1c2b47);
  --refusal: light-dark(#c02c3a, #ff7b84);
  --refusal-soft: light-dark(#fcebec, #3a1a20);
  --rewrite: light-dark(#8f5a00, #f0b455);
  --rewrite-soft: light-dark(#fdf1dc, #35280f);
  --pinhole: light-dark(#13784a, #54cf92);
  --data: light-dark(#8434b4, #cf95f5);
  --security: light-dark(#0b6f86, #5cc6dd);
  --security-soft: light-dark(#e0f2f6, #10303a);
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 14px/1.45 var(--sans);
  font-variant-numeric: tabular-nums;
  unicode-bidi: isolate;
}
.mono, code { font-family: var(--mono); font-size: 0.92em; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: 12px; top: -60px; z-index: 9; padding: 8px 14px; border-radius: 8px;
  background: var(--accent); color: var(--surface); }
.skip:focus { top: 8px; }
.page { max-width: 1320px; margin: 0 auto; padding: 22px 28px 40px; }
header.top { display: flex; align-items: center; gap: 14px; margin-bottom: 20px; }
.logo { width: 38px; height: 38px; flex: none; }
.logo path { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round;
  stroke-linejoin: round; }
h1 { margin: 0; font-size: 21px; font-weight: 650; letter-spacing: -0.012em; }
h2 { margin: 0; font-size: 14px; font-weight: 650; }
.top p { margin: 1px 0 0; color: var(--quiet); overflow-wrap: anywhere; }
.top .grow { flex: 1; min-width: 0; }
button { font: inherit; color: inherit; cursor: pointer; border: 1px solid var(--line);
  border-radius: 8px; background: var(--surface); padding: 6px 12px; }
button:hover { border-color: var(--strong-line); background: var(--raised); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
.tiles { display: grid; grid-template-columns: repeat(8, 1fr);
  gap: 1px; overflow: hidden; background: var(--line); margin: 0 0 16px; padding: 0; }
.tile { background: var(--surface); padding: 13px 18px 12px; }
.tile dt { color: var(--quiet); font-size: 12.5px; }
.tile dd { margin: 1px 0 0; font-size: 25px; font-weight: 620; letter-spacing: -0.02em;
  line-height: 1.25; white-space: nowrap; }
.tile dd small { font-size: 12.5px; font-weight: 400; letter-spacing: 0; color: var(--quiet); }
.tile.refusal dd { color: var(--refusal); }
.tile.security dd { color: var(--security); }
.card > .head { display: flex; align-items: baseline; gap: 10px; padding: 13px 18px 0; }
.head .note { color: var(--quiet); font-size: 12.5px; margin-left: auto; }
.legend { display: inline-flex; gap: 14px; color: var(--quiet); font-size: 12.5px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
.legend .up { background: var(--accent); }
.legend .down { background: var(--refusal); }
.timeline { display: block; width: 100%; height: auto; padding: 4px 12px 8px; }
.timeline .up { fill: var(--accent); }
.timeline .down { fill: var(--refusal); }
.timeline .hit { fill: transparent; }
.timeline .bucket { cursor: pointer; }
.timeline .bucket:hover .hit { fill: var(--accent-soft); }
.timeline .axis { stroke: var(--strong-line); }
.timeline .grid { stroke: var(--line); stroke-dasharray: 3 4; }
.timeline .tick { fill: var(--quiet); font: 11px var(--sans); }
.timeline .end { text-anchor: end; }
.cards { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 16px; margin: 16px 0; }
.ranking { list-style: none; margin: 0; padding: 8px 10px 10px; }
.ranking button { display: grid; grid-template-columns: 1fr auto; gap: 1px 10px; width: 100%;
  text-align: left; border: 0; background: none; padding: 5px 8px; border-radius: 8px; }
.ranking button:hover { background: var(--raised); }
.ranking .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.ranking .of { color: var(--quiet); font-size: 12.5px; grid-column: 1 / -1; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.ranking b { font-weight: 620; }
.meter { grid-column: 1 / -1; width: 100%; height: 4px; display: block; border-radius: 2px;
  background: var(--line); }
.meter .sessions { fill: var(--accent); }
.meter .pinholes { fill: var(--pinhole); }
.meter .refusals { fill: var(--refusal); }
.empty { margin: 0; padding: 10px 18px 16px; color: var(--quiet); }
.others { color: var(--quiet); font-size: 12.5px; padding: 4px 8px 0; }
.sessions { overflow: hidden; scroll-margin: 12px; }
.sessions > .head { padding-bottom: 10px; }
#count { color: var(--quiet); }
.keys { margin-left: auto; color: var(--quiet); font-size: 12.5px; }
kbd { font: 11px var(--mono); border: 1px solid var(--strong-line); border-bottom-width: 2px;
  border-radius: 5px; padding: 0 5px; background: var(--raised); }
#filters { display: flex; flex-wrap: wrap; gap: 8px; padding: 0 18px 12px; align-items: center; }
input, select { font: inherit; color: inherit; background: var(--raised); padding: 6px 10px;
  border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
input:hover, select:hover { border-color: var(--strong-line); }
#query { flex: 1 1 100%; }
#query::placeholder { color: var(--quiet); opacity: 1; }
.span { display: inline-flex; align-items: center; gap: 6px; color: var(--quiet); font-size: 12.5px; }
.span input { font-size: 13px; padding: 6px 8px; }
#grid { position: relative; max-height: min(62vh, 720px); overflow: auto; border-top: 1px solid var(--line); }
#grid:focus-visible { outline-offset: -2px; }
.columns, .row { display: grid; align-items: center; min-width: 1090px; padding: 0 18px; gap: 12px;
  grid-template-columns: 152px minmax(110px, 1.1fr) minmax(130px, 1.2fr) minmax(80px, 0.9fr)
    minmax(80px, 0.9fr) 74px 80px 84px minmax(150px, 1.3fr); }
.columns { position: sticky; top: 0; z-index: 2; height: 36px; background: var(--raised);
  border-bottom: 1px solid var(--line); color: var(--quiet); font-size: 12.5px; }
.columns button { border: 0; background: none; padding: 3px 0; color: inherit; font-size: inherit;
  border-radius: 4px; white-space: nowrap; }
.columns button:hover { color: var(--ink); }
[aria-sort='ascending'] button::after { content: ' ↑'; color: var(--accent); }
[aria-sort='descending'] button::after { content: ' ↓'; color: var(--accent); }
.columns .number { text-align: right; }
#rows { position: relative; min-width: 1090px; }
.row { position: absolute; left: 0; right: 0; top: 0; height: 36px; cursor: pointer;
  border-bottom: 1px solid var(--line); }
.row:hover { background: var(--raised); }
#grid:focus .row[aria-selected='true'], #grid:focus-visible .row[aria-selected='true'] {
  background: var(--accent-soft); box-shadow: inset 3px 0 var(--accent); }
.row > div { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row .time { color: var(--quiet); }
.row .number { text-align: right; }
.state, .columns > :last-child { padding-left: 14px; }
.scroll:focus-visible { outline-offset: -2px; }
.tag { display: inline-block; border-radius: 20px; padding: 0 9px; margin-right: 6px; font-size: 12px;
  line-height: 20px; border: 1px solid var(--line); color: var(--quiet); }
.tag.refused { background: var(--refusal-soft); color: var(--refusal); border-color: transparent; }
.tag.opaque { background: var(--security-soft); color: var(--security); border-color: transparent; }
#nothing { margin: 0; padding: 26px 18px; color: var(--quiet); text-align: center; }
.limits { color: var(--quiet); font-size: 12.5px; padding: 10px 18px; margin: 0;
  border-top: 1px solid var(--line); }
footer { color: var(--quiet); font-size: 12.5px; margin-top: 18px; }
dialog { border: 0; padding: 0; color: inherit; background: var(--surface); margin: 0 0 0 auto;
  width: min(1180px, 96vw); height: 100dvh; max-height: none; max-width: none;
  border-left: 1px solid var(--line); box-shadow: 0 0 60px rgb(0 0 0 / 0.25); }
dialog[open] { display: flex; flex-direction: column; }
dialog::backdrop { background: rgb(10 14 22 / 0.45); }
.detail-head { display: flex; align-items: center; gap: 8px; padding: 14px 22px 12px; }
.detail-head h2 { font: 600 17px var(--mono); flex: 1; min-width: 0; overflow: hidden;
  text-overflow: ellipsis; }
.detail-head h2::before { content: 'session '; font: 400 14px var(--sans); color: var(--quiet); }
#detail-facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(184px, 1fr));
  gap: 8px 18px; margin: 0; padding: 0 22px 14px; }
.fact dt { color: var(--quiet); font-size: 12px; }
.fact dd { margin: 0; overflow-wrap: anywhere; }
.fact.refusal dd { color: var(--refusal); }
.scroll { flex: 1; overflow: auto; border-top: 1px solid var(--line); min-height: 0; }
#detail-heads { position: sticky; top: 0; z-index: 1; display: grid; min-width: 820px;
  grid-template-columns: 43% 16% 41%; padding: 8px 22px; background: var(--raised);
  border-bottom: 1px solid var(--line); }
#detail-heads:empty { display: none; }
.actor { display: flex; flex-direction: column; line-height: 1.3; white-space: nowrap; }
.actor span { color: var(--quiet); font-size: 12px; }
.actor.client { padding-left: 19.5%; }
.actor.proxy { align-items: center; }
.actor.server { align-items: flex-end; padding-right: 12.2%; }
#detail-ladder { padding: 0 22px 30px; min-width: 820px; }
.left-out { color: var(--quiet); }
.ladder { display: block; width: 100%; height: auto; overflow: visible; }
.ladder text { font: 11.25px var(--mono); fill: var(--ink); }
.ladder .time { fill: var(--quiet); font-size: 10.5px; text-anchor: end; }
.ladder .rail { stroke: var(--strong-line); stroke-width: 1.5; }
.ladder .band { fill: var(--raised); opacity: 0.85; }
.ladder .wire { stroke: var(--strong-line); stroke-width: 1.2; }
.ladder .head { fill: var(--strong-line); }
.ladder .wire.command { stroke: var(--accent); }
.ladder .head.command { fill: var(--accent); }
.ladder text.command { fill: var(--accent); }
.ladder .wire.reply { stroke: var(--quiet); }
.ladder .head.reply, .ladder .source.reply { fill: var(--quiet); }
.ladder .wire.bad, .ladder .wire.refusal { stroke: var(--refusal); }
.ladder .head.bad, .ladder .head.refusal, .ladder .source.bad { fill: var(--refusal); }
.ladder text.bad, .ladder text.refusal { fill: var(--refusal); }
.ladder .cross { stroke: var(--refusal); stroke-width: 2.4; stroke-linecap: round; }
.ladder .wire.rewrite { stroke: var(--rewrite); stroke-width: 1.5; }
.ladder .head.rewrite, .ladder text.rewrite { fill: var(--rewrite); }
.ladder text.told { font-weight: 650; }
.ladder .wire.security { stroke: var(--security); stroke-dasharray: 5 3; }
.ladder .head.security, .ladder text.security { fill: var(--security); }
.ladder text.pinhole { fill: var(--pinhole); }
.ladder .wire.data { stroke: var(--data); stroke-width: 3; }
.ladder .wire.bytes { stroke-dasharray: 9 4; }
.ladder .wire.bytes.refusal { stroke-width: 3; }
.ladder .head.data, .ladder text.data { fill: var(--data); }
.ladder .head.data { stroke: var(--data); stroke-width: 3; stroke-linejoin: round; }
.ladder text.strong { font-weight: 650; }
.ladder text.fine { fill: var(--quiet); font-size: 10.5px; }
.ladder .chip { fill: var(--surface); stroke: var(--strong-line); }
.ladder .chip.refusal { fill: var(--refusal-soft); stroke: var(--refusal); }
.ladder .chip.rewrite { fill: var(--rewrite-soft); stroke: var(--rewrite); }
.ladder .chip.security { fill: var(--security-soft); stroke: var(--security); }
.ladder .chip-text { text-anchor: middle; }
.ladder .chip-text.note { fill: var(--quiet); }
.ladder .bar.pinhole { fill: var(--pinhole); }
.ladder .bar.data { fill: var(--data); }
.ladder .bar.unended { opacity: 0.55; }
.ladder text.name { font-size: 9.5px; fill: var(--pinhole); }
.ladder text.name.data { fill: var(--data); }
.ladder .shade { fill: url(#hatch); }
.ladder .hatch-ground { fill: var(--security-soft); opacity: 0.6; }
.ladder .hatch-line { stroke: var(--security); stroke-width: 1; opacity: 0.35; }
@media (max-width: 1080px) { .tiles { grid-template-columns: repeat(4, 1fr); } }
@media (max-width: 560px) { .tiles { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 900px) {
  .page { padding: 14px; }
  .cards { grid-template-columns: 1fr; }
  .keys { display: none; }
  #detail-facts { grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); }
  .card > .head { flex-wrap: wrap; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; font-size: 11px; }
  .page { max-width: none; padding: 0; }
  #theme, #filters, .keys, .skip, .detail-head button { display: none; }
  .tiles { grid-template-columns: repeat(8, 1fr); }
  .tile { padding: 6px 8px; }
  .tile dd { font-size: 15px; }
  .tile dt, .ranking .of, .head .note { font-size: 9px; }
  .cards { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .card, .tile { break-inside: avoid; }
  .sessions { break-inside: auto; overflow: visible; }
  #grid { max-height: none; overflow: visible; outline: none; }
  .tag { font-size: 8px; line-height: 12px; padding: 0 5px; }
  .columns, .row { position: static; min-width: 0; font-size: 9px;
    grid-template-columns: 108px 1.1fr 1.2fr 0.8fr 0.8fr 40px 46px 50px 1.2fr; gap: 6px; padding: 0 6px; }
  .row { height: auto; padding: 2px 6px; transform: none !important; break-inside: avoid; }
  #rows { height: auto !important; min-width: 0; }
  body:has(dialog[open]) .page { display: none; }
  dialog[open] { position: static; display: block; width: auto; height: auto; border: 0;
    box-shadow: none; }
  .scroll { overflow: visible; }
  #detail-heads { position: static; min-width: 0; }
  #detail-ladder { min-width: 0; }
  .ladder g { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (prefers-reduced-motion: no-preference) {
  .skip { transition: top 0.12s; }
}
`
