/**
 * A person's crontab with our lines in it, and without them: text in, text out. Pure.
 *
 * Promises: our lines stand between two comments that name the lab; every other byte stays as it is, apart from a line
 * end that the last line may have lacked. What does not look like our own block is refused, never guessed at.
 */
import { oneLine } from "../util/text.ts";
import { type Job, scriptFile } from "./job.ts";
import { cronLine, shellWord } from "./quote.ts";

export type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

export function cronBlock(job: Job): readonly [string, string, string] {
  const { id, hour, minute, labDir } = job;
  return [
    `# nightyard ${id} begin: ${oneLine(labDir, 200)}`,
    `${minute} ${hour} * * * /bin/sh ${cronLine(shellWord(scriptFile(job)))}`,
    `# nightyard ${id} end`,
  ];
}

/** The crontab with the lab's block (in place of the old one, else at the end); `undefined` takes it away. */
export function editCrontab(text: string, id: string, block: readonly string[] | undefined): Edited {
  const lines = text.split("\n");
  const begins = indexesOf(lines, `# nightyard ${id} begin`);
  const ends = indexesOf(lines, `# nightyard ${id} end`);
  const [begin, end] = [begins[0], ends[0]];
  if (begin === undefined && end === undefined) {
    if (block === undefined) return { ok: true, text };
    const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    return { ok: true, text: `${before}${block.join("\n")}\n` };
  }
  if (begins.length !== 1 || ends.length !== 1 || begin === undefined || end !== begin + 2) {
    return { ok: false, why: `the lines between "# nightyard ${id} begin" and "… end" were changed by hand` };
  }
  return { ok: true, text: [...lines.slice(0, begin), ...(block ?? []), ...lines.slice(end + 1)].join("\n") };
}

function indexesOf(lines: readonly string[], start: string): readonly number[] {
  return lines.flatMap((line, i) => (line === start || line.startsWith(`${start}:`) ? [i] : []));
}
