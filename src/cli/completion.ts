/**
 * `nightyard completion bash|zsh|fish`: a script for the person's shell that completes commands, options and folders.
 * It is made from the table of commands, so it knows exactly those that this version has.
 *
 * Not covered: the values of options, for which the shell offers files.
 */
import type { Command } from "commander";
import { UserError } from "../util/user-error.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A command with what may stand after it. */
interface Entry {
  /** "run", "ledger check". */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly { readonly flags: readonly string[]; readonly summary: string; readonly value: boolean }[];
  readonly below: readonly string[];
}

export function completionCommand(program: Command, shell: string): number {
  process.stdout.write(completionText(program, shell));
  return 0;
}

/** The script; throws UserError for a shell that is not known. */
export function completionText(program: Command, shell: string): string {
  const entries = entriesOf(program, "");
  switch (shell) {
    case "bash":
      return bash(entries);
    case "zsh":
      return `#compdef nightyard\nautoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
    case "fish":
      return fish(entries);
    default:
      throw new UserError(`expected one of ${SHELLS.join(", ")}, found "${shell}"`, {
        fix: "nightyard completion bash",
      });
  }
}

function entriesOf(command: Command, path: string): readonly Entry[] {
  const options = command.options
    .filter((option) => !option.hidden)
    .map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag != null),
      summary: option.description,
      value: option.required || option.optional,
    }));
  const help = { flags: ["--help"], summary: "what it does, with examples", value: false };
  const below = command.commands.map((c) => c.name());
  const own = { path, summary: command.description(), options: [...options, help], below };
  return [own, ...command.commands.flatMap((c) => entriesOf(c, path === "" ? c.name() : `${path} ${c.name()}`))];
}

/** A case per command; its words, or folders where no option is begun. */
function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, options, below }) => {
    const words = [...below, ...options.flatMap((o) => o.flags)].join(" ");
    const values = options.filter((o) => o.value).flatMap((o) => o.flags);
    return `    ${quoted(path)}) words=${quoted(words)}; values=${quoted(values.join(" "))} ;;`;
  });
  const paths = entries.map((e) => e.path).filter((path) => path !== "");
  return `# bash completion of nightyard. Now: source <(nightyard completion bash)
# For good: nightyard completion bash > ~/.local/share/bash-completion/completions/nightyard
_nightyard() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" words values i next IFS=$' \\t\\n'
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${command:+$command }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.map(quoted).join(" | ")}) command="$next" ;;
    esac
  done
  case "$command" in
${cases.join("\n")}
  esac
  COMPREPLY=()
  case " $values " in
    *" $before "*) IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  IFS=$'\\n' # A folder's name may have blanks.
  [[ "$current" != -* && -n "$command" ]] && COMPREPLY+=($(compgen -d -- "$current"))
  return 0
}
complete -o filenames -F _nightyard nightyard
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) => {
    const when = entry.path === "" ? "__fish_use_subcommand" : seen(entry);
    const commands = entries
      .filter((e) => e.path !== "" && parentOf(e.path) === entry.path)
      .map((e) => `complete -c nightyard -n ${quoted(when)} -f -a ${quoted(lastOf(e.path))} -d ${quoted(e.summary)}`);
    const options = entry.options.map((o) => {
      const names = o.flags.map((f) => (f.startsWith("--") ? `-l ${f.slice(2)}` : `-s ${f.slice(1)}`)).join(" ");
      return `complete -c nightyard -n ${quoted(when)} ${names}${o.value ? " -r" : ""} -d ${quoted(o.summary)}`;
    });
    return [...commands, ...options];
  });
  const head = "# fish completion of nightyard: nightyard completion fish > ~/.config/fish/completions/nightyard.fish";
  return `${head}\n${lines.join("\n")}\n`;
}

function seen({ path, below }: Entry): string {
  const words = path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
  const not = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(" ")}`];
  return [...words, ...not].join("; and ");
}

function parentOf(path: string): string {
  return path.includes(" ") ? path.slice(0, path.lastIndexOf(" ")) : "";
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(" ") + 1);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
