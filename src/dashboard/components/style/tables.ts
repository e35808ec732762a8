/** Styles of tables; below 700 pixels the rows of those that are `cards` become cards. */
export const TABLES_STYLE = `
table{border-collapse:collapse;width:100%;font-size:15px}
caption{text-align:left;color:var(--soft);font-size:14px;padding-bottom:10px}
th,td{text-align:left;vertical-align:top;padding:12px 20px 12px 0;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-size:13px;padding-top:0;padding-bottom:8px;white-space:nowrap}
tbody th{font-weight:600}
td.number{white-space:nowrap}
table+table,.more+table{margin-top:36px}
table{margin-top:8px}
.facts+table,.facts+.idle{margin-top:30px}
.hits .small{margin:0}
.hits .command,.look .command{background:none;border:0;padding:0;color:var(--accent);white-space:pre-wrap;
font-size:13px}
.hits .command{display:block;margin-top:2px}
.hits .label{margin-left:4px}
.interval{display:block;margin:2px 0}
.interval .zero{stroke:var(--line);stroke-width:1.5}
.interval .reach{stroke:var(--accent-fill);stroke-width:2;stroke-linecap:round}
.interval .dot{fill:var(--accent-fill)}
.interval .dot.hollow{fill:var(--ground);stroke:var(--accent-fill);stroke-width:2}
.bar{display:block}
.bar .ground{fill:var(--raised)}
.bar .filled{fill:var(--grey-fill)}
.bar.strong .filled{fill:var(--accent-fill)}
.bar-cell{width:120px}.bar-cell .bar{display:inline-block;width:72px;margin-right:8px;vertical-align:middle}
.families .said{font-size:14px}
.families tbody th{min-width:9em}
.idle{max-width:760px}
.idle th,.idle td{padding-top:7px;padding-bottom:7px;border:0;vertical-align:middle}
.idle th{font-weight:400;width:34%}
.idle .number{width:6.5em;text-align:right}
.idle .drawn{width:50%}
@media (max-width:700px){
.cards,.cards tbody,.cards tr,.cards td,.cards tbody th{display:block}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards caption{display:block}
.cards tr{padding:14px 0;border-bottom:1px solid var(--line)}
.cards td,.cards tbody th{border:0;padding:3px 0;white-space:normal;width:auto}
.cards td[data-name]{display:grid;grid-template-columns:112px 1fr;column-gap:12px}
.cards td[data-name]::before{content:attr(data-name);color:var(--soft);font-size:13px;grid-row:1/9}
.cards td[data-name]>*{grid-column:2}
.cards .bar-cell .bar{display:none}
.idle th{width:44%}.idle .drawn{width:30%}
}
`;
