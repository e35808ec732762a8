/** Settings of the kit. */

/** Remembers every call for `Logger.dump`. */
export const DEBUG = true;
/** Entries that are remembered. */
export const LOG_HISTORY = 100; // fixed
/** Checks arguments before the work; what the gate asks is always in range. */
export const CHECK_ARGUMENTS = true;
/** Keeps results, so that the same question is answered faster the second time. */
export const CACHE_RESULTS = true;
