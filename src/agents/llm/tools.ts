/**
 * The tools of the agent: one table of what the model is told and what is done. A wrong call is an answer to the model.
 */
import type { ToolSet } from "ai";
import { z } from "zod";
import { type Desk, ToolFault } from "./desk.ts";
import type { Called } from "./request.ts";
import { edit, write } from "./tools/change.ts";
import { list, read, search } from "./tools/look.ts";
import { finish, note } from "./tools/say.ts";

interface Tool {
  readonly description: string;
  readonly inputSchema: z.ZodType;
  readonly run: (desk: Desk, args: unknown) => Promise<string> | string;
}

function tool<S extends z.ZodType>(
  description: string,
  inputSchema: S,
  run: (desk: Desk, args: z.output<S>) => Promise<string> | string,
): Tool {
  return { description, inputSchema, run: (desk, args) => run(desk, args as z.output<S>) };
}

const path = z.string().describe("relative to the lab folder");
const why = z.string().optional().describe("one line: what this change should bring");
const line = z.number().int().min(1).optional();

export const TOOLS: Readonly<Record<string, Tool>> = {
  list: tool("Lists the files of the lab, or below a folder.", z.object({ path: path.optional() }), list),
  read: tool(
    "Reads a file, or its lines `from` to `to`. Each line begins with its number and a bar, which are not in the file.",
    z.object({ path, from: line, to: line }),
    read,
  ),
  search: tool(
    "Finds lines that contain a text, or match a regular expression of JavaScript, in a file or below a folder.",
    z.object({ text: z.string().min(1).max(500), regex: z.boolean().optional(), path: path.optional() }),
    search,
  ),
  edit: tool(
    "Replaces an exact text that occurs once in a file, spaces and line breaks included.",
    z.object({ path, find: z.string(), replace: z.string(), why }),
    edit,
  ),
  write: tool("Writes a whole file, new or existing.", z.object({ path, text: z.string(), why }), write),
  note: tool(
    "Keeps a line for your later turns: what was learnt, what to try next.",
    z.object({ text: z.string() }),
    note,
  ),
  finish: tool(
    "Ends the turn when the change is made.",
    z.object({
      hypothesis: z.string().describe("one line: what the change should bring, and why"),
      description: z.string().optional().describe("a few lines: what was changed"),
      intent: z.enum(["improve", "simplify"]).optional(),
    }),
    finish,
  ),
};

/** As the library takes them: without a function to run, so that the turn stays ours. */
export const TOOL_SET = Object.fromEntries(
  Object.entries(TOOLS).map(([name, { description, inputSchema }]) => [name, { description, inputSchema }]),
) as ToolSet;

/** What the model is told about the tools, in characters. */
export const TOOLS_SIZE = JSON.stringify(
  Object.entries(TOOLS).map(([name, { description, inputSchema }]) => [name, description, z.toJSONSchema(inputSchema)]),
).length;

/** Does what was called; the text for the model says what went wrong, if anything did. */
export async function runTool(desk: Desk, call: Called): Promise<{ readonly ok: boolean; readonly text: string }> {
  const found = Object.hasOwn(TOOLS, call.name) ? TOOLS[call.name] : undefined;
  if (found === undefined) {
    return { ok: false, text: `there is no tool ${call.name}; there are ${Object.keys(TOOLS).join(", ")}` };
  }
  if (call.broken !== undefined)
    return { ok: false, text: `the arguments could not be read: ${brokenWhy(found, call)}` };
  try {
    return { ok: true, text: await found.run(desk, call.input) };
  } catch (error) {
    if (error instanceof ToolFault) return { ok: false, text: error.message };
    const code = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
    return { ok: false, text: `this did not work (${code})` };
  }
}

/** The library's own words are pages long; these name the field. */
function brokenWhy(found: Tool, call: Called): string {
  const parsed = found.inputSchema.safeParse(call.input);
  const [issue] = parsed.success ? [] : parsed.error.issues;
  if (typeof call.input === "string" || issue === undefined) return "expected one JSON object";
  return `${issue.path.join(".") || "arguments"}: ${issue.message}`;
}
