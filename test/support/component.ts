/**
 * A real component that a machine may lack. Its tests then skip, loudly, with the line that installs it; in CI, where
 * everything is required (NIGHTYARD_REQUIRE_ALL), its absence is a failure.
 */

/** True when the component is there; warns, or throws where all are required, when it is not. */
export function component(present: boolean, what: string, installLine: string): boolean {
  if (present) return true;
  if (process.env.NIGHTYARD_REQUIRE_ALL) throw new Error(`${what} is required here. Install it: ${installLine}`);
  console.warn(`SKIPPED: ${what} is not there. Install it: ${installLine}`);
  return false;
}
