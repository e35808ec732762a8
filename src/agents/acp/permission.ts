/**
 * The answer to an ACP agent that asks for permission: once for edits in scope and for looking around in the worktree;
 * no for all else (shell, network, deleting by other means, a change of mode). Pure.
 *
 * Only as good as the agent's questions: some never ask. The fence and the check from git hold whatever it says.
 */
import type { PermissionOption, RequestPermissionRequest, ToolCallUpdate } from "@agentclientprotocol/sdk/unstable";
import { type FileTurn, isInWorktree, vetoOf } from "./files.ts";

export interface Permission {
  readonly allowed: boolean;
  /** Why, for the transcript. */
  readonly why: string;
  /** The option to choose; undefined: the agent offers none that fits, so the request is cancelled. */
  readonly optionId: string | undefined;
}

export function permissionFor(turn: FileTurn, { toolCall, options }: RequestPermissionRequest): Permission {
  const why = refusal(turn, toolCall);
  const once = options.find((o) => o.kind === "allow_once");
  if (why === undefined && once !== undefined) return { allowed: true, why: "in scope", optionId: once.optionId };
  const no = rejecting(options);
  return { allowed: false, why: why ?? "it cannot be allowed just once", optionId: no?.optionId };
}

function rejecting(options: readonly PermissionOption[]): PermissionOption | undefined {
  return options.find((o) => o.kind === "reject_once") ?? options.find((o) => o.kind === "reject_always");
}

/** Why a tool call may not take place; undefined when it may. */
function refusal(turn: FileTurn, call: ToolCallUpdate): string | undefined {
  const paths = pathsOf(call);
  switch (call.kind) {
    case "edit":
      if (paths.length === 0) return "the agent does not say which file it would edit";
      return paths.map((path) => vetoOf(turn, path)).find((veto) => veto !== undefined);
    case "read":
    case "search": {
      const outside = paths.find((path) => !isInWorktree(turn, path));
      return outside === undefined ? undefined : `${outside.slice(0, 200)} is not in the worktree`;
    }
    case "think":
      return undefined;
    default:
      return `${call.kind ?? "a tool of no kind"} is not allowed: only edits of files in scope are`;
  }
}

function pathsOf(call: ToolCallUpdate): readonly string[] {
  const diffs = (call.content ?? []).flatMap((part) => (part.type === "diff" ? [part.path] : []));
  return [...(call.locations ?? []).map((location) => location.path), ...diffs];
}
