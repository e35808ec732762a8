/**
 * What all tools share: an answer is text, and an expected failure is a tool error that says what to do.
 */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { oneLine } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";

/** Runs a tool; what a client can mend comes back to it, a fault of ours too, with its stack on standard error. */
export async function answer(tool: () => string | Promise<string>): Promise<CallToolResult> {
  try {
    return { content: [{ type: "text", text: await tool() }] };
  } catch (error) {
    return { isError: true, content: [{ type: "text", text: errorText(error) }] };
  }
}

function errorText(error: unknown): string {
  if (error instanceof UserError) {
    return error.fix === undefined ? error.message : `${error.message}\nWhat to do: ${error.fix}`;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  const what = error instanceof Error ? error.message : String(error);
  return `a fault of nightyard: ${oneLine(what, 500)}\nWhat to do: call \`status\`; the ledger is safe`;
}
