/**
 * Words of agents that try to become markup, links, mentions, table cells, terminal commands or a wall of text. In each
 * format the report has the same structure as with harmless words: nothing was added by what was said.
 */
import { describe, expect, it } from "vitest";
import { reportHtml } from "../src/dashboard/components/report-page.tsx";
import type { Experiment } from "../src/experiment.ts";
import { plain } from "../src/report/markdown/escape.ts";
import { reportMarkdown } from "../src/report/markdown.ts";
import { type Report, report } from "../src/report.ts";
import { sessionPlot } from "../src/session-files.ts";
import { at, commitNumber, entriesOf, experiment, madeUp } from "./support/session.ts";

const HOSTILE: readonly (readonly [string, string])[] = [
  ["HTML", '</p></td><script>alert(1)</script><img src=x onerror="alert(1)"><!-- <style>*{display:none}</style>'],
  ["an end of the SVG", '</title></svg><svg onload="alert(1)"><a href="javascript:alert(1)">x</a>'],
  ["attributes", "\" autofocus onfocus='alert(1)' x=\"` onmouseover=alert(1)"],
  ["Markdown", "![x](http://evil.example/p.png) [y](javascript:alert(1)) <http://evil.example> **b** _i_ ~~s~~ `c`"],
  ["a table", "a | b || c \\| d \\\\| e"],
  ["lines", "one\n\n# two\n\n| a | b |\n| - | - |\n\n```sh\nrm -rf /\n```\n\n---\n\n> q"],
  [
    "links and mentions",
    "www.evil.example evil.example/x someone@evil.example @somebody owner/repo#12 #34 mailto:a@b.example",
  ],
  [
    "terminal escapes",
    "\u001b[2J\u001b]0;owned\u0007\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\\u009b31m\u0007\b\b",
  ],
  ["other directions", "abc \u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c\u200b\ufeff"],
  ["ten thousand letters", `${"word ".repeat(1000)}${"x".repeat(5000)}`],
  ["half a letter", "\ud800 and \udc00"],
  ["entities", "&lt;script&gt; &#60;img&#62; &amp;"],
  ["math", "$\\href{javascript:alert(1)}{x}$ and $$y$$"],
];

/** The same night told in other words: kept, dropped, crashed, suspicious, in a family, on the timeline, an idea. */
function told(text: string): { readonly made: Report; readonly experiments: readonly Experiment[] } {
  const numbers = { z: 0.4, d: 0.1, se: 0.1, df: 5 };
  const memo = { changed: [`train.py#${text.replaceAll("#", "")}`] };
  const experiments = [
    experiment({ number: 0, metric: 1, kind: "keep" }),
    experiment({ number: 1, metric: 0.9, kind: "keep", label: "confirmed", hypothesis: text, numbers }),
    experiment({ number: 2, metric: 0.95, hypothesis: text, numbers, flags: ["only a seed changed", text], memo }),
    experiment({ number: 3, kind: "crash", hypothesis: text, files: [text], memo }),
    ...[4, 5, 6, 7].map((number) => experiment({ number, metric: 2, hypothesis: text, rule: text, memo })),
  ];
  const judged = experiments.flatMap((e) =>
    e.verdict === undefined ? [] : [[e.number, { type: "judged", experiment: e.number, verdict: e.verdict }] as const],
  );
  const sitting = { type: "sitting-started", pid: 1, limits: {}, agent: text.slice(0, 200) } as const;
  const entries = entriesOf([
    [0, sitting],
    ...judged,
    [8, { type: "note", id: "n", text: text.slice(0, 1000) }],
    [9, { type: "integrity", experiment: 3, what: text.slice(0, 200), detail: text.slice(0, 4000) }],
    [9, { type: "noted", what: text.slice(0, 200), detail: text.slice(0, 4000) }],
    [9, { type: "session-ended", why: "exhausted", detail: text.slice(0, 4000) }],
  ]);
  const front =
    "---\nname: t\ndescription: d\nmetric: { name: score, goal: minimize }\nscope: [a]\nrun: ./run\n---\nbody\n";
  const session = madeUp({
    lastExperiment: 7,
    champion: { experiment: 1, commit: commitNumber(1) },
    integrity: 1,
    agent: text,
    environment: { cpu: text },
    program: { hash: "h", text: front },
    sandbox: { kind: "none", why: text },
    unfenced: 1,
  });
  const place = { running: false, now: at(100), lab: ".", folder: "." };
  return { made: report({ session, experiments, entries, ...place }), experiments };
}

const TAG = /<[!/]?[a-z][^>]*>/gi;
const tagsOf = (html: string) =>
  (html.match(TAG) ?? []).map((tag) =>
    tag.replace(/\s(d|x|y|cx|cy|r|width|height|transform|points|class)="[^"]*"/g, ""),
  );

function pageOf({ made, experiments }: ReturnType<typeof told>): string {
  const svg = sessionPlot(madeUp(), experiments).replace(
    /<text[\s\S]*?<\/text>\n?|<path[^>]*class="ny-lead"[^>]*>/g,
    "",
  );
  return reportHtml(made, { byExperiment: { wide: svg, narrow: svg } });
}

const BENIGN = told("harmless");

describe.each(HOSTILE)("words with %s", (_, text) => {
  const hostile = told(text);
  const page = pageOf(hostile);

  it("add nothing to the HTML", () => {
    const inBody = (html: string) => tagsOf(html.slice(html.indexOf("<main>")));
    expect(inBody(page)).toEqual(inBody(pageOf(BENIGN)));
    expect(tagsOf(page).filter((tag) => /^<(script|img|iframe|a href="[^#])|\son\w+=/i.test(tag))).toEqual([]);
  });

  it("add no line, cell, link, picture, code or emphasis to the Markdown", () => {
    const cells = (line: string) => line.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0;
    const shape = (made: Report) =>
      reportMarkdown(made)
        .replace(/^```diff\n[\s\S]*?^```$/gm, "a diff")
        .split("\n")
        .map(
          (line) => `${cells(line)} ${line.startsWith("#") ? line : (/^(-|```+|>|\||\*\*|)/.exec(line)?.[0] ?? "")}`,
        );
    expect(shape(hostile.made)).toEqual(shape(BENIGN.made));
    const said = plain(text);
    expect(said).not.toMatch(/\n|(?<!\\)(?:\\\\)*[[\]`*_~<>|$]/);
    expect(said).not.toMatch(/@\w|#\d|https?:\/\/|www\.[a-z]/i);
  });

  it("leave no control character, no mark of direction and no wall of text in any format", () => {
    const formats = [page, reportMarkdown(hostile.made), JSON.stringify(hostile.made)];
    for (const format of formats) {
      expect(format).not.toMatch(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
      );
      expect(format).not.toContain("x".repeat(500));
    }
    for (const line of reportMarkdown(hostile.made).split("\n")) expect(line.length).toBeLessThan(2500);
  });

  it("are on no command line", () => {
    const commands = JSON.stringify([hostile.made.commands, hostile.made.reproduce.commands]);
    expect(commands).toBe(JSON.stringify([BENIGN.made.commands, BENIGN.made.reproduce.commands]));
  });
});
