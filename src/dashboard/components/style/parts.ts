/** Styles of the parts that are no tables. */
export const PARTS_STYLE = `
.figures{display:grid;grid-template-columns:1.9fr repeat(4,1fr);gap:24px 28px;margin:0}
.figure{min-width:0}
.figure dt{color:var(--soft);font-size:13px;margin-bottom:4px}
.figure dd{margin:0}
.figure .value{display:block;font-size:1.65rem;line-height:1.15;font-weight:620;letter-spacing:-.02em;
white-space:nowrap}
.figure .detail{display:block;color:var(--soft);font-size:13px;margin-top:4px}
.figure.strong .value{color:var(--accent);font-size:2.3rem;line-height:1.1;margin-top:-4px}
@media (max-width:820px){.figures{grid-template-columns:1fr 1fr}.figure:first-child{grid-column:1/-1}}
.trust{margin:0;border-top:1px solid var(--line)}
.trust>div{display:grid;grid-template-columns:200px 1fr;gap:4px 24px;padding:11px 0;border-bottom:1px solid var(--line)}
.trust dt{font-weight:600;display:flex;gap:10px;align-items:center;align-self:start}
.trust dd{margin:0}
.mark{flex:none;display:inline-grid;place-items:center;width:20px;height:20px;border-radius:50%;font-size:12px;
font-weight:700;line-height:1;background:var(--raised);color:var(--soft)}
.mark.good{background:var(--accent-ground);color:var(--accent)}
.mark.warn{background:var(--warn-ground);color:var(--warn)}
.mark.bad{background:var(--bad-ground);color:var(--bad)}
@media (max-width:640px){.trust>div{grid-template-columns:1fr}.trust dd{padding-left:30px}}
figure{margin:0}
.plot figcaption{margin-top:10px}
.choice{display:inline-flex;border:1px solid var(--line);border-radius:8px;padding:2px;margin:0 0 14px;font-size:14px}
.choice input{position:absolute;opacity:0;pointer-events:none}
.choice label{padding:4px 14px;border-radius:6px;cursor:pointer;color:var(--soft)}
.choice input:checked+label{background:var(--accent-ground);color:var(--accent);font-weight:600}
.choice input:focus-visible+label{outline:2px solid var(--accent-fill);outline-offset:2px}
.plot:not(:has(#plot-experiment:checked)) .by-experiment,.plot:not(:has(#plot-time:checked)) .by-time,
.plot:not(:has(#plot-cost:checked)) .by-cost{display:none}
.choice>.small{padding:6px 12px}
.drawing svg{display:block;width:100%;height:auto}
.drawing .narrow{display:none}
@media (max-width:640px){.drawing .wide{display:none}.drawing .narrow{display:block}}
.look,.ideas,.commands,.counts{list-style:none;margin:0;padding:0}
.look li{display:grid;grid-template-columns:1fr auto;gap:4px 24px;align-items:center;padding:12px 0;
border-top:1px solid var(--line)}
@media (max-width:700px){.look li{grid-template-columns:1fr;justify-items:start}}
.look li:last-child{border-bottom:1px solid var(--line)}
.look .why{display:block;margin:2px 0}
.said{margin:0 0 4px;max-width:68ch}
.verdict,.label{display:inline-block;font-size:12.5px;line-height:1.5;padding:0 8px;border-radius:99px;font-weight:600;
background:var(--raised);color:var(--soft)}
.verdict.keep,.label.confirmed{background:var(--accent-ground);color:var(--accent)}
.label.likely{background:none;color:var(--accent);box-shadow:inset 0 0 0 1px currentColor}
.verdict.crash{background:var(--bad-ground);color:var(--bad)}
.counts{display:flex;flex-wrap:wrap;gap:4px 22px;margin-bottom:20px;color:var(--soft);font-size:15px}
.counts b{color:var(--ink)}
.plain{font-size:1.12rem;max-width:60ch}
.plain.flat{border-left:3px solid var(--warn);padding-left:16px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:14px 36px;margin:0}
.facts dt{color:var(--soft);font-size:13px}
.facts dd{margin:0}
.facts.mono dd{font-size:13.5px}
.ideas li{padding:10px 0 10px 26px;position:relative;max-width:76ch}
.ideas li::before{content:"→";position:absolute;left:0;color:var(--accent)}
.ideas .small,.commands .small{display:block}
.commands li{padding:7px 0}
.commands{margin-top:22px}
section>.commands:first-of-type{margin-top:18px}
.command{display:inline-block;max-width:100%;overflow-x:auto;white-space:pre;background:var(--raised);
border:1px solid var(--line);border-radius:6px;padding:3px 10px;user-select:all;line-height:1.6;vertical-align:top}
.commands .command{display:block}
.block{overflow-x:auto;background:var(--raised);border:1px solid var(--line);border-radius:8px}
.diff{margin:0;padding:14px 0;font:13px/1.6 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}
.diff span{display:block;padding:0 16px}
.diff .head{color:var(--soft)}
.diff .added{background:var(--accent-ground);color:var(--accent)}
.diff .removed{background:var(--bad-ground);color:var(--bad)}
.stretches{margin-bottom:30px}
.stretches svg{display:block;border-bottom:1px solid var(--line)}
.stretches .kept{fill:var(--accent-fill)}.stretches .discarded{fill:var(--grey-fill);opacity:.55}
.stretches .crashed{fill:var(--bad)}
.stretches figcaption{display:flex;justify-content:space-between;gap:16px;font-size:13px;margin-top:8px}
.key{display:inline-block;width:9px;height:9px;border-radius:2px;margin-left:8px;background:var(--grey-fill)}
.key.kept{background:var(--accent-fill)}.key.crashed{background:var(--bad)}
.moments{list-style:none;margin:0;padding:0}
.moments li{display:grid;grid-template-columns:64px 1fr;gap:18px;padding:6px 0 6px 18px;position:relative}
.moments li::before{content:"";position:absolute;left:0;top:14px;width:7px;height:7px;border-radius:50%;
background:var(--grey-fill)}
.moments li::after{content:"";position:absolute;left:3px;top:24px;bottom:-12px;width:1px;background:var(--line)}
.moments li:last-child::after{display:none}
.moments .keep::before,.moments .end::before{background:var(--accent-fill)}
.moments .integrity::before{background:var(--bad)}
.moments .wait::before{background:var(--warn)}
.moments time{color:var(--soft);white-space:nowrap}
@media (max-width:640px){.moments li{grid-template-columns:1fr;gap:0}}
`;
