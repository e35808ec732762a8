/**
 * The lines of a briefing's lists: one experiment, one family, one place a line. Pure.
 */
import type { Attempt, Cases, FamilyLine, Gain, Tried } from "../agent/findings.ts";

/** Six significant digits; "no number" when there is none. */
export function shown(x: number | undefined): string {
  if (x === undefined) return "no number";
  const a = Math.abs(x);
  return a !== 0 && (a >= 1e6 || a < 1e-4) ? x.toExponential(4) : String(Number(x.toPrecision(6)));
}

export function attemptLine(a: Attempt): string {
  const z = a.z === undefined ? "" : `, z ${a.z.toFixed(2)}`;
  return `e${a.experiment} ${a.verdict} ${shown(a.metric)}${z} | ${a.hypothesis || "(no hypothesis)"} | ${a.reason}`;
}

export function gainLine(g: Gain): string {
  const from = g.from === undefined ? "" : `${shown(g.from)} -> `;
  return `e${g.experiment} ${from}${shown(g.metric)} | ${g.hypothesis}`;
}

export function missLine(a: Attempt, means: "files" | "tools"): string {
  return means === "files" && a.ref !== undefined ? `${attemptLine(a)} | git show ${a.ref}` : attemptLine(a);
}

const KIND: Readonly<Record<FamilyLine["kind"], string>> = {
  constant: "constant",
  word: "about",
  flag: "flag",
  file: "file",
  other: "",
};

export function familyLine(f: FamilyLine): string {
  const name = f.kind === "other" ? "other, alone of their kind" : `${KIND[f.kind]} "${f.name}"`;
  const counts = [
    f.discarded > 0 ? `${f.discarded} discarded` : "",
    f.crashed > 0 ? `${f.crashed} crashed` : "",
    f.kept > 0 ? `${f.kept} kept` : "",
  ].filter((part) => part !== "");
  const nearest = f.nearest === undefined ? "" : `; nearest e${f.nearest.experiment} with ${shown(f.nearest.metric)}`;
  return `${name}: ${counts.join(", ")}${nearest} (${names(f.experiments)})`;
}

export function triedLine(t: Tried): string {
  const lines = t.count > 1 ? `${t.line}-${t.line + t.count - 1}` : `${t.line}`;
  return `${t.file}:${lines} tried in ${names(t.experiments)}${t.exact ? "" : ", numbers of an earlier champion"}`;
}

/** "e12, e15 and 4 more". */
function names(experiments: readonly number[]): string {
  const last = experiments.slice(-6).map((n) => `e${n}`);
  const more = experiments.length - last.length;
  return more > 0 ? `${last.join(", ")} and ${more} before them` : last.join(", ");
}

/** A table by name: the champion's number first. */
export function caseLines(cases: Cases): readonly string[] {
  const head = `name | ${cases.rows.map((row, i) => `e${row.experiment}${i === 0 ? " (champion)" : ""}`).join(" | ")}`;
  const rows = cases.names.map((name, i) => `${name} | ${cases.rows.map((row) => shown(row.values[i])).join(" | ")}`);
  const left = cases.left > 0 ? [`(cut: ${cases.left} more numbers, which differ less)`] : [];
  return [head, ...rows, ...left];
}
