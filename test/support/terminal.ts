/**
 * A real pseudo-terminal for tests: `script` of util-linux makes it and runs the command in it; what comes out is drawn
 * on a screen of letters by the few escape sequences that drawing needs. A sequence that is not known throws: a screen
 * that is drawn wrongly must not pass.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  readonly child: ChildProcess;
  /** File that names the pseudo-terminal's device. */
  readonly device: string;
  readonly exited: Promise<number | null>;
  readonly screen: Screen;
  size: Size;
}

export interface Screen {
  cells: string[];
  row: number;
  column: number;
  rest: string;
  /** Everything as it came. */
  raw: string;
}

/** Runs a command in a terminal of a size, with a clean environment. `folder`: for its own notes. */
export function openTerminal(
  command: readonly string[],
  { folder, size, env = {} }: { folder: string; size: Size; env?: Record<string, string> },
): Terminal {
  const device = join(folder, "device");
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const line = `tty > '${device}'; stty rows ${size.rows} cols ${size.columns}; exec ${quoted}`;
  const child = spawn("script", ["-qfec", line, "/dev/null"], {
    env: { PATH: process.env.PATH, HOME: folder, TERM: "xterm-256color", LANG: "C.UTF-8", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screen: Screen = { cells: [], row: 0, column: 0, rest: "", raw: "" };
  const terminal: Terminal = {
    child,
    device,
    exited: new Promise((done) => child.on("exit", (code) => done(code))),
    screen,
    size,
  };
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => draw(screen, text, terminal.size.rows));
  return terminal;
}

export function type(terminal: Terminal, keys: string): void {
  terminal.child.stdin?.write(keys);
}

/** Gives the terminal another size, as a person does who pulls at the window. */
export function resize(terminal: Terminal, size: Size): void {
  terminal.size = size;
  const device = readFileSync(terminal.device, "utf8").trim();
  execFileSync("stty", ["-F", device, "rows", String(size.rows), "cols", String(size.columns)]);
}

/** Rows of the screen as they are now. */
export function rowsOf({ screen, size }: Terminal): readonly string[] {
  return Array.from({ length: size.rows }, (_, i) => (screen.cells[i] ?? "").trimEnd());
}

/** Resolves to the rows as soon as they are as wished; throws with the screen when they never are. */
export async function until(terminal: Terminal, wish: (text: string) => boolean): Promise<readonly string[]> {
  for (let tries = 0; tries < 1100; tries++) {
    const rows = rowsOf(terminal);
    if (wish(rows.join("\n"))) return rows;
    await delay(50);
  }
  throw new Error(`the screen never was as wished:\n${rowsOf(terminal).join("\n")}`);
}

// One sequence, one control character, or a letter.
const TOKEN =
  /\u001b\[([?<>]?)([\d;]*)([A-Za-z])|\u001b\[[?\d;]*$|\u001b[^[]|\u001b$|[\u0000-\u001f\u007f]|[^\u0000-\u001f\u007f]/gu;

export function draw(screen: Screen, text: string, rows: number): void {
  screen.raw += text;
  const all = screen.rest + text;
  screen.rest = "";
  for (const match of all.matchAll(TOKEN)) {
    const [token, mark, numbers = "", letter] = match;
    if (letter !== undefined) control(screen, { mark: mark ?? "", numbers, letter });
    else if (token.startsWith("\u001b")) screen.rest = unfinished(token);
    else if (token === "\n") screen.row = Math.min(rows - 1, screen.row + 1);
    else if (token === "\r") screen.column = 0;
    else if (token >= " ") put(screen, token);
    else throw new Error(`a control character on the screen: ${JSON.stringify(token)}`);
  }
}

function unfinished(token: string): string {
  if (token === "\u001b" || token.startsWith("\u001b[")) return token;
  throw new Error(`a sequence that is not known: ${JSON.stringify(token)}`);
}

function put(screen: Screen, letter: string): void {
  const line = [...(screen.cells[screen.row] ?? "").padEnd(screen.column)];
  line[screen.column] = letter;
  screen.cells[screen.row] = line.join("");
  screen.column += 1;
}

function control(screen: Screen, { mark, numbers, letter }: { mark: string; numbers: string; letter: string }): void {
  const n = numbers === "" ? 1 : Number(numbers.split(";")[0]);
  const line = screen.cells[screen.row] ?? "";
  // Colours, modes of the terminal, and the keyboard's protocol change no letter.
  if (letter === "m" || mark !== "") return;
  if (letter === "A") screen.row = Math.max(0, screen.row - n);
  else if (letter === "B" || letter === "E") screen.row += n;
  else if (letter === "G") screen.column = n - 1;
  else if (letter === "H") [screen.row, screen.column] = [0, 0];
  else if (letter === "J")
    screen.cells = numbers === "2" || numbers === "3" ? [] : screen.cells.slice(0, screen.row + 1);
  else if (letter === "K") screen.cells[screen.row] = numbers === "2" ? "" : line.slice(0, screen.column);
  else throw new Error(`a sequence that is not known: ${numbers}${letter}`);
}
