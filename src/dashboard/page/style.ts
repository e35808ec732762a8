/** What the page needs beside the styles that it shares with the report: bar, plot, table, change, output. */
import { STYLE } from "../components/style.ts";

const FRAME = `
.top{position:sticky;top:0;z-index:5;display:flex;align-items:center;gap:8px 28px;padding:0 clamp(16px,4vw,40px);
min-height:52px;background:var(--ground);border-bottom:1px solid var(--line)}
.mark-name{display:inline-flex;align-items:center;gap:8px;font-weight:680;letter-spacing:-.015em;color:var(--ink);
text-decoration:none}
.moon path{fill:var(--accent-fill)}
.top nav{margin:0;padding:0;border:0;gap:4px 20px;flex:1;flex-wrap:nowrap;overflow-x:auto}
.top nav a{padding:15px 0 13px;border-bottom:2px solid transparent;white-space:nowrap}
.top nav a:hover{text-decoration:none;color:var(--ink)}
.top nav a[aria-current]{color:var(--ink);border-color:var(--accent-fill)}
.top nav a:focus-visible{outline-offset:-3px}
.live{flex:none;display:inline-flex;align-items:center;gap:8px;color:var(--soft);font-size:13px}
.live::before{content:"";width:8px;height:8px;border-radius:50%;box-shadow:inset 0 0 0 1.5px var(--soft)}
.live.on::before{background:var(--accent-fill);box-shadow:none}
.live.lost{color:var(--warn)}.live.lost::before{background:none;box-shadow:inset 0 0 0 2px var(--warn)}
main{padding-top:clamp(24px,4vw,48px)}
section[id],h1{scroll-margin-top:76px}
main>div>.kicker+h1,main>.kicker+h1{margin-bottom:1em}
.reading{color:var(--soft);border-left:3px solid var(--line);padding-left:14px;font-size:14px}
.now{display:flex;align-items:flex-start;gap:12px;margin:30px 0 0;padding:11px 16px;background:var(--accent-ground);
border-radius:10px}
.now ul{list-style:none;margin:0;padding:0;flex:1;min-width:0}
.now a{font-family:var(--mono);font-size:.9em}
.now .number{padding-top:1px}
.pulse{flex:none;width:9px;height:9px;border-radius:50%;background:var(--accent-fill);margin-top:8px;
animation:pulse 2s ease-in-out infinite}
@keyframes pulse{50%{opacity:.25}}
@media (prefers-reduced-motion:reduce){.pulse{animation:none}}
summary{cursor:pointer}
.trust-box{margin-top:30px;border-top:1px solid var(--line);border-bottom:1px solid var(--line);padding:12px 0}
.trust-box summary span{color:var(--soft)}
.trust-box .trust{margin:14px 0 4px}
.trust-box .trust>div:last-child{border-bottom:0}
button,input,select,textarea{font:inherit;color:inherit}
button,.filter input,.filter select,.note-form textarea{border:1px solid var(--line);border-radius:8px;
background:var(--ground);
padding:7px 12px}
button{cursor:pointer;font-weight:600;font-size:14px;background:var(--raised)}
button:hover{border-color:var(--accent-fill);color:var(--accent)}
.filter input,.filter select{height:42px}
.filter,.note-form{display:flex;flex-wrap:wrap;gap:12px 16px;align-items:end;margin:0 0 22px}
.filter label,.note-form label{display:block;min-width:0}
.filter label>span,.note-form label>span{display:block;color:var(--soft);font-size:13px;margin-bottom:3px}
.filter .grow,.note-form .grow{flex:1 1 240px}
.grow input,.grow textarea{width:100%}
.note-form textarea{display:block;resize:vertical}
.login{max-width:560px}
`;

const PLOT = `
:root{--band:rgb(45 164 78/.16)}
@media (prefers-color-scheme:dark){:root{--band:rgb(63 185 80/.24)}}
.plot-tools{display:flex;align-items:center;gap:14px;flex-wrap:wrap;min-height:38px;margin-bottom:14px}
.plot-tools .choice{margin:0}
.choice{min-width:0}
.plot-metric{margin-left:auto;color:var(--soft);font-size:14px}
.choice:has(#by-experiment:checked) label[for=by-experiment]{font-weight:600}
.uplot-host{position:relative;height:400px;border-radius:8px}
@media (max-width:640px){.uplot-host{height:300px}}
.uplot-host .uplot,.uplot-host .u-wrap{font-family:var(--sans)}
.u-select{background:var(--accent-fill);opacity:.14}
.u-cursor-x,.u-cursor-y{border-color:var(--soft)!important;opacity:.45}
.tip{position:absolute;z-index:4;pointer-events:none;max-width:270px;padding:8px 12px;border-radius:8px;
background:var(--ink);
color:var(--ground);font-size:13px;line-height:1.4;box-shadow:0 4px 18px rgb(0 0 0/.2)}
.tip b{display:block;font-weight:640}
.ring{position:absolute;z-index:3;width:17px;height:17px;margin:-8.5px 0 0 -8.5px;border-radius:50%;
border:2px solid var(--ink);pointer-events:none}
.plot-said{min-height:1.5em;margin:6px 0 0;font-size:14px}
.progress figcaption{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:4px;font-size:13px}
.progress figcaption span{display:inline-flex;align-items:center;gap:7px}
.dot-key{flex:none;display:inline-block;width:10px;height:10px;border-radius:50%;font-style:normal;line-height:10px;
text-align:center}
.dot-key.keep{background:var(--accent-fill)}
.dot-key.likely{border:2px solid var(--accent-fill)}
.dot-key.discard{background:var(--grey-fill);width:7px;height:7px}
.dot-key.crash{color:var(--bad);font-weight:700;font-size:15px}
.dot-key.band{width:20px;height:10px;border-radius:2px;
background:linear-gradient(var(--accent-fill),var(--accent-fill)) center/100% 2px no-repeat,var(--band)}
`;

const TABLES = `
.right{text-align:right}
.experiments .go{display:grid;grid-template-columns:58px 1fr;color:var(--ink);text-decoration:none;font-weight:500}
.experiments .go:hover .what,.experiments .go:focus-visible .what{color:var(--accent);text-decoration:underline}
.experiments th .small{display:block;padding-left:58px;font-weight:400;max-width:60ch;overflow:hidden;
text-overflow:ellipsis;
white-space:nowrap}
.experiments td,.experiments th{padding-top:10px;padding-bottom:10px}
.experiments th.wide{width:52%;max-width:0}
.experiments td .small{display:block}
.experiments td:first-of-type{white-space:nowrap}
.experiments tr.champion th{box-shadow:inset 3px 0 0 var(--accent-fill)}
.experiments tr.champion .go{padding-left:12px;grid-template-columns:46px 1fr}
.tag{display:inline-block;margin:2px 6px 0 0;padding:0 8px;border:1px solid var(--line);border-radius:10px;
font-size:12.5px;color:var(--soft);text-decoration:none}
.tag:hover,.tag:focus-visible{color:var(--accent);border-color:var(--accent-fill)}
.tags{margin:0 0 18px}
.crown{color:var(--accent);font-size:13px;font-weight:600}
.verdict.open{background:none;box-shadow:inset 0 0 0 1px var(--line)}
.pager{margin-top:18px;padding:0;border:0;align-items:baseline}
.pager a{padding:4px 0;color:var(--accent)}
.exports{margin:16px 0 0}
.overlay{margin:0 0 28px}.overlay svg{display:block;width:100%;height:auto}
.overlay .grid path{stroke:var(--line);fill:none}.overlay text{fill:var(--soft);font-size:13px}
@media (max-width:640px){.overlay text{font-size:22px}}
.overlay .best{fill:none;stroke:var(--accent-fill);stroke-width:2.5}
.overlay .second .best{stroke:var(--warn);stroke-dasharray:8 5}
.overlay .keep{fill:var(--accent-fill)}.overlay .likely{fill:var(--ground);stroke:var(--accent-fill);stroke-width:2}
.overlay .second .keep{fill:var(--warn)}.overlay .second .likely{stroke:var(--warn)}
.overlay .discard,.overlay .second .discard{fill:var(--grey-fill)}
.overlay a:focus-visible>*{stroke:var(--ink);stroke-width:3}
.overlay figcaption{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px}
.side{table-layout:fixed}.side th[scope=row]{color:var(--soft);font-weight:400;font-size:14px}
.side th:first-child{width:24%}
.side thead th{font-size:1.05rem;color:var(--ink)}
.side td{overflow-wrap:anywhere}
@media (max-width:700px){.right{text-align:left}.experiments th.wide{width:auto;max-width:none}
.experiments tr{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline;padding:12px 0}
.experiments th.wide{flex:1 0 100%}.experiments td[data-name]{display:block}
.experiments td[data-name]::before,.experiments td.none{display:none}
.experiments td{color:var(--soft);font-size:14px}.experiments td[data-name=Metric]{color:var(--ink);font-weight:600}
.experiments th .small{padding-left:0;white-space:normal}
.experiments .go{grid-template-columns:54px 1fr}
.experiments tr.champion{box-shadow:inset 3px 0 0 var(--accent-fill);padding-left:14px}
.experiments tr.champion th{box-shadow:none}.experiments tr.champion .go{padding-left:0;
grid-template-columns:54px 1fr}
.experiments td .small{display:inline}
.top{flex-wrap:wrap;padding-top:8px;gap:0 16px}.top nav{order:3;flex-basis:100%;gap:20px}.top nav a{padding:9px 0 8px}
.top .mark-name{flex:1}.side th:first-child{width:27%}.side th,.side td{padding-right:12px}}
`;

const ONE = `
.verdict-line{display:flex;gap:12px;align-items:baseline;max-width:80ch;margin:-6px 0 34px}
.verdict-line>:first-child{flex:none}
.pre{white-space:pre-wrap;margin-top:26px}
.flagged{background:var(--warn-ground);color:var(--warn);padding:10px 16px;border-radius:8px;margin-top:22px;
max-width:none}
.scrolls{overflow-x:auto}
.checks{list-style:none;margin:0;padding:0}
.checks li{padding:10px 0;border-top:1px solid var(--line)}
.checks li:last-child{border-bottom:1px solid var(--line)}
.checks .mark{margin-right:10px}.checks code{margin-right:12px}
.numbers{margin-top:26px}.numbers .facts{margin-top:16px}
.numbers .facts{grid-template-columns:repeat(auto-fill,minmax(min(100%,150px),1fr))}
.file{border:1px solid var(--line);border-radius:10px;overflow:hidden;margin-bottom:18px}
.file h3{margin:0;padding:9px 16px;font:600 13.5px/1.5 var(--mono);background:var(--raised);
border-bottom:1px solid var(--line);display:flex;gap:12px}
.file h3 bdi{flex:1;min-width:0}
.plus{color:var(--accent)}.minus{color:var(--bad)}
.code{margin:0;font:13px/1.6 var(--mono);border-spacing:0}
.code td{border:0;padding:0 10px;white-space:pre-wrap;overflow-wrap:anywhere}
.code .at{width:1%;min-width:3.4em;text-align:right;color:var(--soft);opacity:.75;user-select:none;white-space:nowrap;
padding:0 6px 0 10px}
.code .line{padding-left:12px;tab-size:4}
.code .head td{color:var(--soft);background:var(--raised)}
.code .added td{background:var(--accent-ground)}.code .added .line{color:var(--accent)}
.code .removed td{background:var(--bad-ground)}.code .removed .line{color:var(--bad)}
@media (max-width:700px){.code .at:first-child{display:none}.verdict-line{display:block}
.verdict-line>:first-child{margin-bottom:6px}}
.log{margin:0;max-height:440px;overflow:auto;background:var(--raised);border:1px solid var(--line);border-radius:10px;
padding:14px 16px;font:13px/1.55 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}
.line{list-style:none;margin:0;padding:0}
.line li{position:relative;padding:7px 0 7px 22px}
.line li::before{content:"";position:absolute;left:1px;top:15px;width:9px;height:9px;border-radius:50%;
background:var(--ground);box-shadow:inset 0 0 0 2px var(--accent-fill)}
.line li[aria-current]::before{background:var(--accent-fill)}
.line li:not(:last-child)::after{content:"";position:absolute;left:5px;top:26px;bottom:-13px;width:1px;
background:var(--line)}
.line.children li::before{box-shadow:inset 0 0 0 2px var(--grey-fill)}
.line a{font-family:var(--mono);font-size:.875em}
#lineage .filter{margin-top:30px}
.version{border-top:1px solid var(--line);padding:14px 0}
.version .log{max-height:none;margin-top:14px}
.happened{margin-top:8px}
`;

export const PAGE_STYLE = `${STYLE}${FRAME}${PLOT}${TABLES}${ONE}`;
