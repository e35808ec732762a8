/**
 * Coding agents written as `command:` lines: the words without which they open a conversation or ask before they edit,
 * as their own help says it; and the question with which a program's output ends. A version may differ.
 */

interface Known {
  readonly bin: string;
  /** One of these must be there, or it opens a conversation. */
  readonly headless: RegExp;
  readonly headlessWords: string;
  /** One of these must be there, or edits are asked about or refused. */
  readonly permitted?: RegExp | undefined;
  readonly permittedWords?: string | undefined;
}

function words(...any: readonly string[]): RegExp {
  return new RegExp(`(?:^|\\s)(?:${any.join("|")})(?=$|[\\s=])`);
}

const KNOWN: readonly Known[] = [
  {
    bin: "claude",
    headless: words("-p", "--print"),
    headlessWords: "-p",
    permitted: words("--permission-mode", "--allowedTools", "--allowed-tools", "--dangerously-skip-permissions"),
    permittedWords: "--permission-mode acceptEdits",
  },
  {
    bin: "codex",
    headless: words("exec", "e"),
    headlessWords: "exec",
    permitted: words("--full-auto", "--sandbox", "-s", "--dangerously-bypass-approvals-and-sandbox", "--yolo"),
    permittedWords: "--sandbox workspace-write",
  },
  {
    bin: "gemini",
    headless: words("-p", "--prompt", "--output-format", "-o"),
    headlessWords: "-p {prompt}",
    permitted: words("--yolo", "-y", "--approval-mode"),
    permittedWords: "--approval-mode auto_edit",
  },
  { bin: "opencode", headless: words("run"), headlessWords: "run" },
  { bin: "pi", headless: words("-p", "--print", "--mode"), headlessWords: "-p" },
  {
    bin: "aider",
    headless: words("-m", "--message", "--msg", "-f", "--message-file"),
    headlessWords: "--message-file {prompt-file}",
    permitted: words("--yes-always", "--yes"),
    permittedWords: "--yes-always",
  },
];

export interface Lack {
  readonly bin: string;
  readonly kind: "asks" | "may not edit";
  /** What to add. */
  readonly add: string;
}

/** What a shell line lacks so that the known agents in it need no person; empty when it names none, or all is there. */
export function lacksOf(line: string): readonly Lack[] {
  return line.split(/[;|&\n]+/).flatMap((part) => {
    const all = part.trim().split(/\s+/);
    const at = all.findIndex((word) => KNOWN.some((k) => isNamed(word, k.bin)));
    const known = KNOWN.find((k) => isNamed(all[at] ?? "", k.bin));
    return known === undefined ? [] : lackOf(known, all.slice(at + 1).join(" "));
  });
}

function lackOf({ bin, headless, headlessWords, permitted, permittedWords }: Known, rest: string): readonly Lack[] {
  if (!headless.test(rest)) return [{ bin, kind: "asks", add: headlessWords }];
  if (permitted === undefined || permittedWords === undefined || permitted.test(rest)) return [];
  return [{ bin, kind: "may not edit", add: permittedWords }];
}

function isNamed(path: string, bin: string): boolean {
  return path === bin || path.endsWith(`/${bin}`);
}

const QUESTION = new RegExp(
  [
    ...["\\[y/n\\]", "\\(y/n\\)", "\\[yes/no\\]", "\\(yes/no\\)", "press (?:enter|any key|return)"],
    ...["do you (?:want|trust|wish)", "are you sure", "log ?in to continue", "password:", "passphrase", "continue\\?"],
  ].join("|"),
  "i",
);

/** The question with which an output ends; undefined when it ends with none. */
export function questionIn(output: string): string | undefined {
  const last = output
    .slice(-2000)
    .split("\n")
    .findLast((line) => line.trim() !== "");
  return last !== undefined && QUESTION.test(last) ? last.trim().slice(-200) : undefined;
}
