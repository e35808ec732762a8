/**
 * How an attempt to tell somebody ended, as a value: every channel answers one and none of them throws.
 */
import type { Notification } from "./notification.ts";

export type Delivered =
  | { readonly kind: "sent" }
  /** Worth another try by itself: no connection, a timeout, a server with a fault. */
  | { readonly kind: "down"; readonly why: string; readonly retryAfterMs?: number | undefined }
  /** A person must mend something: a wrong address, a missing variable. It is tried again all the same. */
  | { readonly kind: "refused"; readonly why: string };

export interface Delivery {
  readonly notification: Notification;
  readonly env: NodeJS.ProcessEnv;
  /** Aborting it ends the attempt, as one that failed. */
  readonly signal: AbortSignal;
}

/** The value of a field that may be the name of a variable; undefined when the variable is not set. */
export function fromEnv(field: string, env: NodeJS.ProcessEnv): string | undefined {
  return field.startsWith("$") ? env[field.slice(1)] || undefined : field;
}

export function unset(field: string): Delivered {
  return { kind: "refused", why: `${field} is not set in the environment` };
}
