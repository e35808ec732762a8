/** The parts of the report as Markdown, one function each. Pure; every text goes through `escape.ts`. */
import { experimentName, number } from "../../util/format.ts";
import type { Hit, Listed, Report } from "../shape.ts";
import {
  deltaWords,
  dollarsWords,
  droughtWords,
  dutyWords,
  gainPerHourWords,
  gpuFact,
  intervalWords,
  labelWords,
  linesWords,
  memoryWords,
  minutesWords,
  moreWords,
  shareWords,
  timeWords,
  tokensWords,
} from "../words.ts";
import { block, code, codeCell, plain, table } from "./escape.ts";

const MARKS = { good: "✓", warn: "!", bad: "✗", none: "·" } as const;

export function trustPart(r: Report): string {
  return table(
    ["", "", ""],
    r.trust.map((t) => [MARKS[t.mark], `**${plain(t.name)}**`, plain(t.text)]),
  );
}

export function plotPart(r: Report): string {
  return `![${plain(r.plot.alt)}](progress.png)`;
}

export function hitsPart(r: Report): string {
  if (r.hits.rows.length + r.simplifications.rows.length === 0) return "Nothing was kept.";
  const hits = r.hits.rows.length === 0 ? "No change was kept for its metric." : hitTable(r.hits);
  const simpler = r.simplifications.rows.length === 0 ? [] : ["Kept for being simpler:", hitTable(r.simplifications)];
  return [hits, ...simpler].join("\n\n");
}

function hitTable(hits: Listed<Hit>): string {
  const head = ["", "change", "delta", "95 % interval", "re-test", "lines", "why", "diff"];
  const rows = hits.rows.map((h) => [
    experimentName(h.experiment),
    `${plain(h.hypothesis)} (${labelWords(h.label)})${plain((h.tags ?? []).map((tag) => ` #${tag}`).join(""))}`,
    plain(deltaWords(h)),
    plain(intervalWords(h)),
    plain(h.retest),
    plain(linesWords(h)),
    plain(h.reason),
    codeCell(h.diff),
  ]);
  return withMore(table(head, rows), hits.leftOut);
}

function withMore(text: string, leftOut: number): string {
  return leftOut === 0 ? text : `${text}\n\n${moreWords(leftOut)}`;
}

export function lookPart(r: Report): string {
  if (r.look.rows.length === 0) return "Nothing stands out.";
  const rows = r.look.rows.map((l) => {
    const verdict = l.verdict === undefined ? "open" : l.verdict;
    const name = `**${experimentName(l.experiment)}** (${verdict})`;
    return `- ${name}: ${plain(l.why.join("; "))}: ${plain(l.hypothesis)}. ${code(l.diff)}`;
  });
  return withMore(rows.join("\n"), r.look.leftOut);
}

export function failedPart(r: Report): string {
  const { families, rules, notGrouped } = r.failed;
  if (rules.length === 0) return "Everything that was tried was kept, or nothing was tried.";
  const counts = rules.map(({ rule, count }) => `${count} × ${plain(rule)}`).join(" · ");
  const rows = families.rows.map((f) => [
    codeCell(f.name),
    f.kind,
    String(f.tries),
    String(f.crashed),
    String(f.kept),
    f.nearest === undefined
      ? "–"
      : `${experimentName(f.nearest.experiment)} ${plain(number(f.nearest.metric))}: ${plain(f.nearest.hypothesis)}`,
  ]);
  const head = ["family", "kind", "not kept", "of these crashed", "kept", "nearest miss"];
  const older = notGrouped === 0 ? "" : `\n\nThe ${notGrouped} oldest experiments are not grouped.`;
  return `${counts}\n\n${withMore(table(head, rows), families.leftOut)}${older}`;
}

export function pacePart(r: Report): string {
  const p = r.pace;
  return [
    `**${plain(p.verdict)}**`,
    table(
      ["kept", "crashed", "duplicates", "longest drought", "gain per hour"],
      [
        [
          shareWords(p.keepRate),
          shareWords(p.crashRate),
          shareWords(p.duplicateRate),
          plain(droughtWords(p)),
          plain(gainPerHourWords(p)),
        ],
      ],
    ),
  ].join("\n\n");
}

export function machinePart(r: Report): string {
  const m = r.machine;
  const facts = [
    `- **Dollars** ${plain(dollarsWords(m))}`,
    `- **Tokens** ${plain(tokensWords(m))}`,
    `- **Duty** ${plain(dutyWords(m))}`,
    `- **Peak memory** ${plain(memoryWords(m))}`,
    ...(m.gpu === undefined ? [] : [`- **GPU** ${plain(gpuFact(m.gpu))}`]),
    ...m.hardware.map(({ name, value }) => `- **${plain(name)}** ${plain(value)}`),
  ].join("\n");
  const idle = table(
    ["idle: waiting for", "time"],
    m.idle.map((i) => [i.cause, plain(minutesWords(i.seconds))]),
  );
  const agents = table(
    ["agent", "experiments", "kept", "crashed", "its time", "dollars"],
    m.agents.rows.map((a) => [
      codeCell(a.name),
      ...[a.experiments, a.kept, a.crashed].map(String),
      plain(minutesWords(a.seconds)),
      a.dollars === undefined ? "unknown" : `\\$${a.dollars.toFixed(2)}`,
    ]),
  );
  const tables = [
    m.idle.length === 0 ? "" : idle,
    m.agents.rows.length === 0 ? "" : withMore(agents, m.agents.leftOut),
  ];
  return [facts, ...tables].filter((text) => text !== "").join("\n\n");
}

export function timelinePart(r: Report): string {
  const rows = r.timeline.moments.rows.map((m) => [plain(timeWords(m.at, r.startedAt)), plain(m.text)]);
  return withMore(table(["when", "what"], rows), r.timeline.moments.leftOut);
}

export function nextPart(r: Report): string {
  const ideas = r.next.ideas.map((i) => `- ${plain(i.text)}: ${plain(i.why)}`).join("\n");
  const text = ideas === "" ? "Nothing in particular." : ideas;
  if (r.next.programDiff === undefined) return text;
  return `${text}\n\nA suggested edit of program.md, not applied:\n\n${block(r.next.programDiff, "diff")}`;
}

export function reproducePart(r: Report): string {
  const facts = table(
    ["", ""],
    r.reproduce.facts.map((f) => [plain(f.name), codeCell(f.value)]),
  );
  return `${facts}\n\n${pasted(r.reproduce.commands)}`;
}

export function commandsPart(r: Report): string {
  return pasted(r.commands);
}

function pasted(commands: Report["commands"]): string {
  return block(commands.map((c) => (c.why === "" ? c.command : `${c.command}   # ${c.why}`)).join("\n"), "sh");
}
