/**
 * Which files an agent may change: globs relative to the lab folder, `!` in front excludes.
 *
 * Promises: case matters, `*` stops at `/`, `**` does not, dot files match too. Nothing below `.git`, `.nightyard` or
 * a linked path is ever in scope, whatever the globs say. Not covered: regular-expression syntax and extended globs.
 */
import picomatch from "picomatch";

/** Why a glob (or a linked path) cannot be used, or undefined when it can. */
export function globFault(glob: string): { readonly expected: string; readonly fix?: string } | undefined {
  const path = glob.startsWith("!") ? glob.slice(1) : glob;
  if (path.trim() === "" || path !== path.trim()) return { expected: "a glob such as train.ts or src/**/*.ts" };
  if (path.length > 200) return { expected: "a glob of at most 200 characters" };
  if (/[\u0000-\u001f\u007f]/.test(path)) return { expected: "a glob without control characters" };
  if (/^([/~]|[A-Za-z]:)/.test(path)) return { expected: "a path relative to the lab folder" };
  if (path.includes("\\")) return { expected: "'/' between folders", fix: glob.replaceAll("\\", "/") };
  if (path.split("/").includes("..")) return { expected: "a path inside the lab folder, without .." };
  if (path.endsWith("/")) return { expected: "a glob that matches files", fix: `${glob}**` };
  return undefined;
}

/** True when the globs allow a change of `path` (relative to the lab, '/'-separated). */
export function matchesScope(scope: readonly string[], path: string): boolean {
  if (path === "" || path.startsWith("/") || path.includes("\0")) return false;
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) return false;
  if (segments.includes(".git") || segments[0] === ".nightyard") return false;
  const { allowed, excluded } = matchers(scope);
  return allowed(path) && !excluded(path);
}

interface Matchers {
  readonly allowed: (path: string) => boolean;
  readonly excluded: (path: string) => boolean;
}

// Compiled once per list: a diff may name thousands of paths. The key is the frozen list of one program.
const compiled = new WeakMap<readonly string[], Matchers>();

function matchers(scope: readonly string[]): Matchers {
  const known = compiled.get(scope);
  if (known !== undefined) return known;
  const made = {
    allowed: anyOf(scope.filter((glob) => !glob.startsWith("!"))),
    excluded: anyOf(scope.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1))),
  };
  compiled.set(scope, made);
  return made;
}

function anyOf(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  return picomatch(
    globs.map((glob) => glob.replace(/^(\.\/)+/, "")),
    { dot: true, nonegate: true, noextglob: true, nocase: false, windows: false },
  );
}
