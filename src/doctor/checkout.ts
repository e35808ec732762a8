/**
 * The person's checkout as git sees it: what a session will not see of it, and who would sign its commits.
 */
import { join } from "node:path";
import { inScope, type Program } from "../program.ts";
import { git, tryGit } from "../util/git.ts";
import { exists, headCommit, uncommittedFiles, type Workspace } from "../workspace.ts";
import { type Finding, fault, faultOf, ok, some, warning } from "./finding.ts";

export async function checkoutFindings(ws: Workspace): Promise<readonly Finding[]> {
  const commit = await headCommit(ws).then(
    (c) => ok("commit", `sessions start from ${c.slice(0, 7)}`),
    (e) => faultOf("commit", e),
  );
  if (commit.state === "fault") return [commit];
  return [commit, await dirtyFinding(ws), ...(await programFileFindings(ws)), ...(await newFileFindings(ws))];
}

async function dirtyFinding(ws: Workspace): Promise<Finding> {
  const dirty = await uncommittedFiles(ws);
  if (dirty.length === 0) return ok("checkout", "all tracked files are committed");
  return warning("checkout", `not committed, so not part of a session: ${some(dirty)}`, "git commit -a");
}

/** Its text is kept in the ledger by its hash; without a commit it is nowhere else. */
async function programFileFindings(ws: Workspace): Promise<readonly Finding[]> {
  if (!(await exists(join(ws.labDir, "program.md")))) return [];
  const state = await git(["status", "--porcelain", "-z", "--", "program.md"], { cwd: ws.labDir });
  if (state === "") return [];
  const what = state.startsWith("??") ? "git does not know it" : "it was edited since the last commit";
  const text = `${what}; a session takes it as it stands, and only its ledger keeps the text`;
  return [warning("program.md", text, "git add program.md && git commit -m 'the program' -- program.md")];
}

/** Files that git could know and does not: a fresh checkout lacks them. */
async function newFileFindings(ws: Workspace): Promise<readonly Finding[]> {
  const out = await git(["ls-files", "--others", "--exclude-standard", "--directory", "-z", "--", "."], {
    cwd: ws.labDir,
  });
  const fresh = out.split("\0").filter((path) => path !== "" && path !== "program.md");
  if (fresh.length === 0) return [];
  return [warning("new files", `unknown to git, so missing in every run: ${some(fresh)}`, `git add '${fresh[0]}'`)];
}

/** The harness signs proposals itself; a person's own commit of program.md, or of a win, needs a name. */
export async function identityFinding(ws: Workspace): Promise<Finding> {
  const found = await tryGit(["var", "GIT_AUTHOR_IDENT"], { cwd: ws.root });
  const [name, mail] = await Promise.all(
    ["user.name", "user.email"].map((key) => tryGit(["config", "--get", key], { cwd: ws.root })),
  );
  if (found.code === 0 && name?.code === 0 && mail?.code === 0) return ok("identity", "git knows who you are");
  const fix = 'git config --global user.name "You" && git config --global user.email you@example.org';
  return warning("identity", "git does not know your name or address: you cannot commit what was found", fix);
}

/** Paths of the lab's committed files, relative to the lab. */
export async function committedFiles(ws: Workspace): Promise<readonly string[]> {
  const out = await git(["ls-tree", "-r", "--name-only", "-z", "HEAD", "--", "."], { cwd: ws.labDir });
  return out.split("\0").filter((path) => path !== "");
}

/** A scope in which there is nothing to change, or everything. */
export function scopeFinding(program: Program, files: readonly string[]): Finding {
  const free = files.filter((path) => inScope(program, path));
  const globs = program.scope.join(", ");
  if (free.length === 0) {
    const near = some(files.filter((path) => path !== "program.md"));
    return fault(
      "scope",
      `${globs} matches none of ${files.length} committed files (${near})`,
      "mend scope: in program.md",
    );
  }
  return ok("scope", `${free.length} of ${files.length} committed files may change: ${some(free)}`);
}
