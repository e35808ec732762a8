/**
 * Frozen: runs the parser in a process of its own and asks it. Clock and comparison are on this side, where no code of
 * the agent runs.
 *
 * The process may read one file (the parser, bundled), write none and start none: Node's permission model. It has an
 * empty environment and three pipes. Not covered: an exploit of Node itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack, unpack } from "./answers.ts";
import { loadEsbuild, permissionFlags } from "./esbuild.ts";

/** An answer that takes longer is none. */
const SECONDS = 60;
/** The largest list of answers that is taken. */
const MAX_BYTES = 256 * 2 ** 20;

/** The answers to one list of inputs, and the seconds from the first byte sent to the last byte received. */
export interface Asked {
  readonly answers: readonly Buffer[];
  readonly seconds: number;
}

export interface ParserProcess {
  /** Asks one list at a time. Rejects when the process ends, is too slow, or answers what is no list. */
  readonly ask: (inputs: readonly Uint8Array[]) => Promise<Asked>;
  /** Ends the process and waits until it has ended. */
  readonly stop: () => Promise<void>;
}

/** Starts the parser of the lab in which this file lies. Throws when esbuild cannot read it. */
export function startParser(): ParserProcess {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "parser-")));
  const file = join(folder, "parser.mjs");
  loadEsbuild().buildSync({
    entryPoints: [fileURLToPath(new URL("child.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    outfile: file,
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  const child = spawn(process.execPath, [...permissionFlags(file), file], { stdio: "pipe", env: {}, cwd: folder });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin.on("error", () => undefined); // its end is told by "close"
  return {
    ask: (inputs) => ask(child, inputs),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ask(child: ChildProcess, inputs: readonly Uint8Array[]): Promise<Asked> {
  const packed = pack(inputs);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(packed.length, 0);
  const request = Buffer.concat([size, packed]);
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const answer = collect(child, (bytes) => {
      const seconds = (performance.now() - began) / 1000;
      done(() => {
        try {
          resolve({ answers: unpack(bytes), seconds });
        } catch {
          reject(new Error("the parser's process answered what is no list"));
        }
      });
    });
    const fail = (why: string) => done(() => reject(new Error(why)));
    const close = () => fail("the parser's process ended before it answered");
    const timer = setTimeout(() => fail(`the parser did not answer within ${SECONDS} s`), SECONDS * 1000);
    const done = (then: () => void) => {
      clearTimeout(timer);
      answer.stop();
      child.off("close", close);
      then();
    };
    child.once("close", close);
    child.stdin?.write(request);
  });
}

/** Calls `then` with the bytes of one answer, behind its length. More than was announced is left out. */
function collect(child: ChildProcess, then: (bytes: Buffer) => void): { readonly stop: () => void } {
  const chunks: Buffer[] = [];
  let have = 0;
  let want: number | undefined;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    have += chunk.length;
    if (want === undefined && have >= 4) want = 4 + Buffer.concat(chunks).readUInt32LE(0);
    // What was printed into the pipe looks like a length that is absurd: not worth waiting for.
    if (want !== undefined && want > MAX_BYTES) then(Buffer.alloc(0));
    else if (want !== undefined && have >= want) then(Buffer.concat(chunks).subarray(4, want));
  };
  child.stdout?.on("data", onData);
  return { stop: () => child.stdout?.off("data", onData) };
}
