/**
 * Constants of scripts with braces: TypeScript and JavaScript, and the like-minded declarations of Rust, Go, C and
 * others (`const LR: f64 = 1e-3;`, `static const double LR = 0.1;`).
 *
 * Only declarations at the top level count, and objects assigned there (`CONFIG.lr`); a `let` or `var` that is assigned
 * again is a variable and is left alone.
 */
import type { Site } from "./constant.ts";
import { closing, commentBehind, readEntries, significant } from "./entries.ts";
import { lex, SCRIPT, type Token } from "./lex.ts";
import { literalAt } from "./values.ts";

const DECLARES = new Set(["const", "let", "var", "static", "constexpr", "final", "val"]);
const ASSIGNS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "**=", "??=", "||=", "&&=", "++", "--", "|=", "&=", "^="]);

/** The constants of a script. */
export function readScript(text: string): readonly Site[] {
  const tokens = lex(text, SCRIPT);
  const sites: Site[] = [];
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i]!;
    if (token.kind === "punct" && ["{", "(", "["].includes(token.text)) i = closing(tokens, i);
    else if (token.kind === "word" && DECLARES.has(token.text)) {
      const declared = readDeclaration(tokens, i);
      sites.push(...declared.sites);
      i = declared.next;
    } else i++;
  }
  const variables = reassigned(tokens);
  return sites.filter((site) => !variables.has(site.name.split(".")[0] ?? ""));
}

/** The constants of a JSON file, with or without comments. */
export function readJson(text: string): readonly Site[] {
  const tokens = lex(text, SCRIPT);
  const first = significant(tokens, 0);
  const opening = tokens[first]?.text;
  return opening === "{" || opening === "[" ? readEntries(tokens, first, "").sites : [];
}

interface Declared {
  readonly sites: readonly Site[];
  readonly next: number;
}

/** One declaration with all its names: `const A = 1, B = 2;`. */
function readDeclaration(tokens: readonly Token[], at: number): Declared {
  const sites: Site[] = [];
  let i = at + 1;
  for (;;) {
    const head = readName(tokens, i);
    if (head.name === undefined) return { sites, next: head.next };
    const value = readValue(tokens, head.next, head.name);
    sites.push(...value.sites);
    if (tokens[significant(tokens, value.next)]?.text !== ",") return { sites, next: value.next };
    i = significant(tokens, value.next) + 1;
  }
}

/** The name in front of `=`: the last word before a type's colon or before the sign itself. */
function readName(tokens: readonly Token[], at: number): { readonly name: string | undefined; readonly next: number } {
  let name: string | undefined;
  let isTyped = false;
  let i = at;
  while (i < tokens.length) {
    const { kind, text } = tokens[i]!;
    if (kind === "word" && !isTyped) name = text;
    else if (kind === "punct" && text === ":") isTyped = true;
    else if (kind === "punct" && text === "=") return { name, next: i + 1 };
    else if (kind === "punct" && isBracket(text)) {
      // A pattern in front of the sign is no name; brackets of a type are skipped.
      if (!isTyped) return { name: undefined, next: closing(tokens, i) };
      i = closing(tokens, i);
      continue;
    } else if (kind === "punct" && !isTyped && !["*", "&"].includes(text)) return { name: undefined, next: i };
    else if (kind === "punct" && text === ";") return { name: undefined, next: i };
    i++;
  }
  return { name: undefined, next: i };
}

function isBracket(text: string): boolean {
  return text === "{" || text === "[" || text === "(";
}

function readValue(tokens: readonly Token[], at: number, name: string): Declared {
  const first = significant(tokens, at);
  if (tokens[first]?.text === "{") {
    const inner = readEntries(tokens, first, name);
    return { sites: endsAt(tokens, inner.next) ? inner.sites : [], next: inner.next };
  }
  const found = literalAt(tokens, first);
  if (found === undefined) return { sites: [], next: first };
  const behind = skipAsConst(tokens, found.next);
  if (!endsAt(tokens, behind)) return { sites: [], next: found.next };
  const { start, end, literal, next } = found;
  return { sites: [{ name, start, end, literal, comment: commentBehind(tokens, next) }], next: behind };
}

function skipAsConst(tokens: readonly Token[], at: number): number {
  return tokens[at]?.text === "as" && tokens[at + 1]?.text === "const" ? at + 2 : at;
}

/** True when a value ends here: a line that goes on with an operator on the next one is an expression. */
function endsAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined || token.text === ";" || token.text === ",") return true;
  if (token.text === "as" || token.text === "satisfies") return tokens[at + 1]?.kind === "word";
  const next = tokens[significant(tokens, at)];
  if (token.kind !== "newline" && token.kind !== "comment") return false;
  return next === undefined || next.kind === "word" || next.kind === "string" || ["@", "#", "}"].includes(next.text);
}

/** Names that some statement assigns to, wherever it stands; rather one too many than one too few. */
function reassigned(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  const code = tokens.filter((token) => token.kind !== "comment");
  code.forEach((token, i) => {
    if (token.kind !== "word") return;
    const before = code[i - 1]?.kind === "newline" && code[i - 2]?.text === "," ? code[i - 2] : code[i - 1];
    const behind = code[significant(code, i + 1)];
    const declares = before?.kind === "word" || [".", ",", ":"].includes(before?.text ?? "");
    const assigns = behind?.kind === "punct" && ASSIGNS.has(behind.text) && !declares;
    const isStep = before?.text === "++" || before?.text === "--";
    if (assigns || isStep) names.add(token.text);
  });
  return names;
}
