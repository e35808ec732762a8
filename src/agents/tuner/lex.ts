/**
 * Splits a source file into tokens, far enough to tell code from strings, comments, templates and regular expressions.
 *
 * One lexer for a family of languages, told apart by a dialect. Linear in the size of the file, never throws; a string
 * without an end stops at the end of its line. Not covered: where a regular expression may start in every corner of
 * JavaScript; what is mistaken hides constants, it does not make any up outside such a corner.
 */

export type TokenKind = "word" | "number" | "string" | "template" | "punct" | "comment" | "newline";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Dialect {
  /** What starts a comment that ends with the line. */
  readonly lineComments: readonly string[];
  readonly blockComments: boolean;
  /** JavaScript's backquotes and regular expressions. */
  readonly templates: boolean;
  /** Python's and TOML's three quotes. */
  readonly tripleQuotes: boolean;
  /** A backslash before the end of a line joins it with the next (Python). */
  readonly joinsLines: boolean;
}

export const SCRIPT: Dialect = {
  lineComments: ["//"],
  blockComments: true,
  templates: true,
  tripleQuotes: false,
  joinsLines: false,
};
export const PYTHON: Dialect = {
  lineComments: ["#"],
  blockComments: false,
  templates: false,
  tripleQuotes: true,
  joinsLines: true,
};
export const TOML: Dialect = { ...PYTHON, joinsLines: false };
export const INI: Dialect = { ...TOML, lineComments: ["#", ";"], tripleQuotes: false };

const WORD = /[\p{ID_Start}_$][\p{ID_Continue}$]*/uy;
// A number with letters behind it (10n, 0.5f, 3px) is taken whole, so that it is not mistaken for a plain one.
const NUMBER =
  /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[\p{ID_Continue}$]*/uy;
const PUNCT = /===|!==|\*\*=|\?\?=|\|\|=|&&=|<<=|>>=|\/\/=|=>|==|!=|<=|>=|:=|[-+*/%&|^@]=|\*\*|\+\+|--|[\s\S]/uy;
const BLANK = /[^\S\n\r]+/uy;
const NEWLINE = /\r\n|\n|\r/uy;

/** Every token of the text, blanks left out. */
export function lex(text: string, dialect: Dialect): readonly Token[] {
  const tokens: Token[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let last: Token | undefined;
  while (at < text.length) {
    const blank = lengthAt(BLANK, text, at);
    if (blank > 0) {
      at += blank;
      continue;
    }
    const { kind, end } = tokenAt({ text, dialect, last }, at);
    const token = { kind, start: at, end, text: text.slice(at, end) };
    if (!(dialect.joinsLines && kind === "newline" && last?.text === "\\" && last.end === at)) tokens.push(token);
    if (kind !== "comment") last = token;
    at = end;
  }
  return tokens;
}

interface Scan {
  readonly text: string;
  readonly dialect: Dialect;
  /** The token before, comments left out. */
  readonly last: Token | undefined;
}

interface Piece {
  readonly kind: TokenKind;
  readonly end: number;
}

function tokenAt(scan: Scan, at: number): Piece {
  const { text, dialect } = scan;
  const newline = lengthAt(NEWLINE, text, at);
  if (newline > 0) return { kind: "newline", end: at + newline };
  if (dialect.lineComments.some((mark) => text.startsWith(mark, at)))
    return { kind: "comment", end: lineEnd(text, at) };
  if (dialect.blockComments && text.startsWith("/*", at)) return { kind: "comment", end: after(text, "*/", at + 2) };
  const char = text[at];
  if (char === '"' || char === "'") return { kind: "string", end: stringEnd(text, at, dialect) };
  if (dialect.templates && char === "`") return { kind: "template", end: templateEnd(text, at) };
  if (dialect.templates && char === "/" && mayStartRegex(scan.last)) {
    const end = regexEnd(text, at);
    if (end !== undefined) return { kind: "string", end };
  }
  const number = lengthAt(NUMBER, text, at);
  if (number > 0) return { kind: "number", end: at + number };
  const word = lengthAt(WORD, text, at);
  if (word > 0) return { kind: "word", end: at + word };
  return { kind: "punct", end: at + Math.max(1, lengthAt(PUNCT, text, at)) };
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function lineEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

function stringEnd(text: string, at: number, dialect: Dialect): number {
  const quote = text[at]!;
  const triple = quote.repeat(3);
  const isTriple = dialect.tripleQuotes && text.startsWith(triple, at);
  for (let i = at + (isTriple ? 3 : 1); i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (isTriple ? text.startsWith(triple, i) : text[i] === quote) return i + (isTriple ? 3 : 1);
    else if (!isTriple && (text[i] === "\n" || text[i] === "\r")) return i;
  }
  return text.length;
}

/** The end of a template, whose `${…}` may hold code with further strings and templates. */
function templateEnd(text: string, at: number): number {
  // One entry per open template or brace; a list, because nesting must not use up the stack.
  const open: ("`" | "{")[] = ["`"];
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!;
    if (open.at(-1) === "`") {
      if (char === "\\") i++;
      else if (char === "`") open.pop();
      else if (char === "$" && text[i + 1] === "{") open.push("{");
      if (char === "$" && text[i + 1] === "{") i++;
    } else if (char === '"' || char === "'") i = stringEnd(text, i, SCRIPT) - 1;
    else if (char === "`" || char === "{") open.push(char);
    else if (char === "}") open.pop();
    if (open.length === 0) return i + 1;
  }
  return text.length;
}

const BEFORE_REGEX = new Set(["return", "typeof", "case", "in", "of", "void", "delete", "throw", "new", "else", "do"]);

function mayStartRegex(last: Token | undefined): boolean {
  if (last === undefined || last.kind === "newline") return true;
  if (last.kind === "word") return BEFORE_REGEX.has(last.text);
  return last.kind === "punct" && ![")", "]", "}", "++", "--"].includes(last.text);
}

function regexEnd(text: string, at: number): number | undefined {
  let inClass = false;
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!;
    if (char === "\n" || char === "\r") return undefined;
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return i + 1;
  }
  return undefined;
}
