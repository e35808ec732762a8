/**
 * The report as one self-contained HTML file: no script, no external address, its styles named by their hashes in a
 * strict content security policy. Light and dark by the reader's preference, readable at 360 pixels and on paper.
 */
import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Report } from "../../report/shape.ts";
import { PARTS } from "../../report/words.ts";
import type { Plots } from "./plot-figure.tsx";
import { ReportBody } from "./report-body.tsx";
import { ReportHead } from "./report-head.tsx";
import { STYLE } from "./style.ts";

export function reportHtml(report: Report, plots: Plots): string {
  return `<!doctype html>\n${String(<ReportPage report={report} plots={plots} />)}\n`;
}

function ReportPage({ report, plots }: { readonly report: Report; readonly plots: Plots }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy([STYLE, ...stylesIn(plots)])} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="nightyard" />
        <title>{`${report.lab} · ${report.tag}: ${report.headline}`}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#trust">
          Skip to the report
        </a>
        <main>
          <ReportHead report={report} />
          <nav aria-label="Parts of the report">
            {Object.entries(PARTS).map(([id, title]) => (
              <a href={`#${id}`}>{title}</a>
            ))}
          </nav>
          <ReportBody report={report} plots={plots} />
        </main>
        <footer>Made by nightyard from the ledger, {report.madeAt}. Derived: the ledger alone is the record.</footer>
      </body>
    </html>
  );
}

function stylesIn({ byExperiment, byTime = byExperiment, byCost = byExperiment }: Plots): readonly string[] {
  const svgs = [byExperiment.wide, byExperiment.narrow, byTime.wide, byTime.narrow, byCost.wide, byCost.narrow].join(
    "",
  );
  return [...svgs.matchAll(/<style>([^<]*)<\/style>/g)].map((m) => m[1] ?? "");
}

/** Nothing may be loaded, run, sent or framed; only styles with these texts count. */
function policy(styles: readonly string[]): string {
  const hashes = styles.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  const allowed = [...new Set(hashes)].join(" ");
  return `default-src 'none'; style-src ${allowed}; base-uri 'none'; form-action 'none'`;
}
