/**
 * The styles of report and page, as texts: one accent colour, the system's fonts, figures of equal width; light and
 * dark by the reader's preference, on paper without colour grounds. No address is named in them.
 */
import { PARTS_STYLE } from "./style/parts.ts";
import { TABLES_STYLE } from "./style/tables.ts";

const BASE = `
:root{color-scheme:light dark;--ground:#fff;--raised:#f6f8fa;--line:#e3e7ec;--ink:#1b1f24;--soft:#57606a;
--accent:#17692f;--accent-fill:#2da44e;--accent-ground:#e9f6ec;--warn:#8a5a00;--warn-ground:#fdf3dc;--bad:#b42318;
--bad-ground:#fdecea;--grey-fill:#b6bec7;
--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
--sans:Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0d1117;--raised:#151b23;--line:#252c35;--ink:#e8edf2;
--soft:#9198a1;--accent:#56d364;--accent-fill:#3fb950;--accent-ground:#12261a;--warn:#e3b341;--warn-ground:#2a2210;
--bad:#ff7b72;--bad-ground:#2d1517;--grey-fill:#4a525c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 var(--sans);font-variant-numeric:tabular-nums;
overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:clamp(20px,5vw,72px) clamp(16px,4vw,40px) 0}
footer{max-width:1080px;margin:0 auto;padding:32px clamp(16px,4vw,40px) 64px;color:var(--soft);font-size:13px}
h1{font-size:clamp(1.5rem,1.1rem + 1.6vw,2.25rem);line-height:1.2;letter-spacing:-.022em;font-weight:680;
margin:.35em 0 1.25em;max-width:27em;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.012em;font-weight:660;margin:0 0 18px}
h3{font-size:1rem;font-weight:640;margin:36px 0 12px}
p{margin:0 0 12px;max-width:68ch}
section[id]{margin-top:clamp(52px,7vw,84px);scroll-margin-top:24px}
a{color:var(--accent);text-underline-offset:3px}
:focus-visible{outline:2px solid var(--accent-fill);outline-offset:3px;border-radius:4px}
code,.name,.mono dd{font-family:var(--mono);font-size:.875em}
b,strong{font-weight:640}
.kicker{color:var(--soft);font-size:14px;margin:0}
.small{color:var(--soft);font-size:13.5px;line-height:1.45}
.note,.more,.quiet,figcaption{color:var(--soft);font-size:14px}
.more{margin:10px 0 0}
.name{color:var(--soft);white-space:nowrap}
.tabular,.number{font-variant-numeric:tabular-nums}
.hidden{position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
.skip{position:absolute;left:-9999px}
.skip:focus{left:16px;top:12px;background:var(--ground);padding:8px 12px;z-index:2}
nav{display:flex;flex-wrap:wrap;gap:6px 20px;margin-top:36px;padding-top:16px;border-top:1px solid var(--line);
font-size:14px}
nav a{color:var(--soft);text-decoration:none}
nav a:hover{color:var(--accent);text-decoration:underline}
`;

const PAPER = `
@media print{:root{--ground:#fff;--raised:#fff;--line:#ccc;--ink:#000;--soft:#444;--accent:#14532d;--accent-ground:#fff;
--warn-ground:#fff;--bad-ground:#fff}
body{font-size:10.5pt}main{max-width:none;padding:0}nav,.skip,.choice{display:none}
section[id]{margin-top:28pt}tr,li,figure,dl>div{break-inside:avoid}h2,h3{break-after:avoid}
.command{white-space:pre-wrap}}
`;

export const STYLE = `${BASE}${PARTS_STYLE}${TABLES_STYLE}${PAPER}`;
