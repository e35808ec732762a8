/** The report as Markdown: what is pasted into a chat, an issue or a pull request. Pure. */
import { plain } from "./markdown/escape.ts";
import {
  commandsPart,
  failedPart,
  hitsPart,
  lookPart,
  machinePart,
  nextPart,
  pacePart,
  plotPart,
  reproducePart,
  timelinePart,
  trustPart,
} from "./markdown/parts.ts";
import type { Report } from "./shape.ts";
import { dayWords, PARTS, stateWords, timeWords } from "./words.ts";

export function reportMarkdown(r: Report): string {
  const begun = `${dayWords(r.startedAt)} ${timeWords(r.startedAt, r.startedAt)}`;
  const parts: readonly (readonly [keyof typeof PARTS, string])[] = [
    ["trust", trustPart(r)],
    ["plot", plotPart(r)],
    ["hits", hitsPart(r)],
    ["look", lookPart(r)],
    ["failed", failedPart(r)],
    ["pace", pacePart(r)],
    ["machine", machinePart(r)],
    ["timeline", timelinePart(r)],
    ["next", nextPart(r)],
    ["reproduce", reproducePart(r)],
    ["commands", commandsPart(r)],
  ];
  return [
    `# ${plain(r.lab)}: session ${plain(r.tag)}`,
    `**${plain(r.headline)}**`,
    plain(r.imported === undefined ? `Begun ${begun}; ${stateWords(r.state)}.` : `Imported from ${r.imported}.`),
    ...parts.flatMap(([part, text]) => [`## ${PARTS[part]}`, text]),
  ]
    .join("\n\n")
    .concat("\n");
}
