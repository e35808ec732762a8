/**
 * One script for every agent: read the file, edit it with whichever tool is offered, say what was done.
 *
 * It keeps no state: where it stands is read from the conversation (how many results of tools there are), so it serves
 * several turns one after the other. Of several edits it makes the first whose `from` is in what was read.
 */
import {
  asObject,
  type Conversation,
  type JsonObject,
  type OfferedTool,
  type Reply,
  type ToolCall,
} from "./conversation.ts";

export interface Edit {
  /** As the agent would say it: relative to its working directory, or absolute. */
  readonly file: string;
  /** On one line. */
  readonly from: string;
  readonly to: string;
  readonly hypothesis: string;
  readonly description?: string | undefined;
}

const READ = ["read", "Read", "read_file", "readFile", "view", "view_file"];
const EDIT = ["edit", "Edit", "replace", "edit_file", "str_replace", "apply_patch"];
const SHELL = ["shell", "shell_command", "exec_command", "local_shell", "bash", "Bash", "run_shell_command"];

/** A script that makes one of the edits per conversation; a conversation without tools gets a short text. */
export function editScript(edit: Edit | readonly Edit[]): (conversation: Conversation) => Reply {
  const edits: readonly Edit[] = Array.isArray(edit) ? edit : [edit as Edit];
  return (conversation) => replyOf(edits, conversation);
}

function replyOf(edits: readonly Edit[], { tools, messages }: Conversation): Reply {
  const results = messages.filter((m) => m.role === "tool").map((m) => m.text);
  const fitting = edits.find((e) => results.some((text) => text.includes(e.from))) ?? edits[0]!;
  // Agents ask for titles and summaries on the side, without tools.
  if (tools.length === 0) return { text: "A change" };
  const reading = readCall(fitting.file, tools);
  const step = results.length + (reading === undefined ? 1 : 0);
  if (step === 0) return { text: "I read the file first.", tools: [reading!] };
  if (step === 1) return { tools: [editCall(fitting, tools, results.join("\n"))] };
  const finish = tools.find((tool) => tool.name === "finish");
  if (finish !== undefined) {
    const args = { hypothesis: fitting.hypothesis, description: fitting.description ?? "one constant" };
    return { tools: [{ name: "finish", args }] };
  }
  return { text: `Done.\n\nHYPOTHESIS: ${fitting.hypothesis}\nDESCRIPTION: ${fitting.description ?? "one constant"}` };
}

/** A call that reads a file by a tool for reading or by the shell; undefined when neither is offered. */
export function readCall(file: string, tools: readonly OfferedTool[]): ToolCall | undefined {
  const read = pick(READ, tools);
  if (read !== undefined) return { name: read.name, args: fill(read.schema, { path: file, command: "view" }) };
  const shell = pick(SHELL, tools);
  return shell === undefined ? undefined : shellCall(shell, `cat ${quote(file)}`);
}

/** A call that makes the edit by whichever tool is offered; throws when there is none. `seen`: what was read. */
export function editCall(edit: Edit, tools: readonly OfferedTool[], seen = ""): ToolCall {
  const tool = pick(EDIT, tools) ?? pick(SHELL, tools);
  if (tool === undefined) throw new Error(`no tool to edit with among: ${tools.map((t) => t.name).join(", ")}`);
  if (tool.name === "apply_patch") {
    const patch = patchOf(edit, seen);
    return { name: tool.name, args: tool.schema === undefined ? patch : fill(tool.schema, { input: patch }) };
  }
  if (SHELL.includes(tool.name)) return shellCall(tool, replaceLine(edit));
  return {
    name: tool.name,
    args: fill(tool.schema, { path: edit.file, from: edit.from, to: edit.to, command: "str_replace" }),
  };
}

function pick(names: readonly string[], tools: readonly OfferedTool[]): OfferedTool | undefined {
  return names.map((name) => tools.find((tool) => tool.name === name)).find((tool) => tool !== undefined);
}

/** Codex takes a list of words or a line, by version. */
function shellCall(tool: OfferedTool, line: string): ToolCall {
  const command = asObject(asObject(tool.schema?.properties).command);
  const words = command.type === "array" ? ["bash", "-c", line] : line;
  return { name: tool.name, args: fill(tool.schema, { command: words }) };
}

function replaceLine({ file, from, to }: Edit): string {
  const pattern = from.replace(/[\\/.*[\]^$]/g, "\\$&");
  const script = `s/${pattern}/${to.replace(/[\\/&]/g, "\\$&")}/`;
  const [f, copy] = [quote(file), quote(`${file}.new`)];
  return `sed -e ${quote(script)} ${f} > ${copy} && cat ${copy} > ${f} && rm ${copy}`;
}

/** A patch names whole lines, so the line is looked up in what was read, without the number in front of it. */
function patchOf({ file, from, to }: Edit, seen: string): string {
  const line = seen.split("\n").find((l) => l.includes(from)) ?? from;
  const whole = line.replace(/^\s*\d+(?:→|\||:|\t) ?/, "");
  return `*** Begin Patch\n*** Update File: ${file}\n@@\n-${whole}\n+${whole.replace(from, () => to)}\n*** End Patch`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

interface Values {
  readonly path?: string;
  readonly from?: string;
  readonly to?: string;
  readonly command?: unknown;
  readonly input?: string;
}

/** The same thing has a different name in every tool. */
const NAMES: Readonly<Record<string, keyof Values>> = {
  path: "path",
  file: "path",
  file_path: "path",
  filePath: "path",
  absolute_path: "path",
  from: "from",
  find: "from",
  old_string: "from",
  oldString: "from",
  old_str: "from",
  oldText: "from",
  to: "to",
  replace: "to",
  new_string: "to",
  newString: "to",
  new_str: "to",
  newText: "to",
  command: "command",
  cmd: "command",
  input: "input",
  patch: "input",
};

/** Arguments as the schema wants them: known names by meaning, other required ones with a harmless value. */
function fill(schema: JsonObject | undefined, values: Values): JsonObject {
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const args: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(asObject(schema?.properties))) {
    const { type, items, enum: choices } = asObject(property);
    const known = NAMES[name];
    const value = known === undefined ? undefined : values[known];
    if (value !== undefined) args[name] = value;
    else if (name === "edits") args[name] = [fill(asObject(items), values)];
    else if (required.includes(name)) args[name] = Array.isArray(choices) ? choices[0] : harmless(String(type));
  }
  return args;
}

function harmless(type: string): unknown {
  const values: Record<string, unknown> = { number: 1, integer: 1, boolean: false, array: [], object: {} };
  return type in values ? values[type] : "change one constant";
}
