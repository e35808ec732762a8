/**
 * The champion without one change as a commit, to be run: always the same for the same trees, and reachable by nothing.
 */
import type { Commit } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import type { Kept } from "../remeasure/kept.ts";
import { git } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";

export async function commitTree(ws: Workspace, session: Session, left: Kept, tree: string): Promise<Commit> {
  const message = `the champion of ${session.tag} without experiment ${left.experiment}`;
  const env = {
    GIT_AUTHOR_NAME: "Nightyard",
    GIT_AUTHOR_EMAIL: "harness@nightyard.invalid",
    GIT_AUTHOR_DATE: left.at,
    GIT_COMMITTER_NAME: "Nightyard",
    GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
    GIT_COMMITTER_DATE: left.at,
  };
  const words = ["commit-tree", tree, "-p", session.champion.commit, "-m", message];
  return (await git(words, { cwd: ws.root, env })).trim() as Commit;
}
