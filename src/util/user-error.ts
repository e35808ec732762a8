/**
 * The one error class for what the person must fix: bad input, a missing tool, a lab in the wrong state.
 *
 * `main.ts` prints it without a stack and exits with its code. Everything else that is thrown is a bug.
 */

/** Exit codes of the command, as `--help` lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  needsYou: 3,
  agentUnavailable: 4,
  capReached: 5,
  integrity: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class UserError extends Error {
  readonly exitCode: ExitCode;
  /** A command line or an edit that mends it; printed last. */
  readonly fix: string | undefined;

  constructor(message: string, options: { fix?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.fix = options.fix;
    this.exitCode = options.exitCode ?? EXIT.usage;
  }
}
