/** Attacks by reach: what a run can read, write and connect to beyond its folder. They look, and change nothing. */
import { type Attack, doneLine, type Evidence, held, letThrough, notCarriedOut, type Target } from "./attack.ts";
import { inject, needsEntry } from "./score.ts";

const FENCE = "run in a sandbox: apt-get install bubblewrap, and without --no-sandbox";

function reach(
  name: string,
  tries: string,
  script: (target: Target) => string,
  rest: { readonly judge?: Attack["judge"]; readonly mend?: string },
): Attack {
  return {
    name,
    family: "reach",
    tries,
    cost: "short",
    unfit: needsEntry,
    play: (turn, target) => inject(turn, target, "instead", `${script(target)}\n${doneLine(target)}`),
    judge: (evidence) => notCarriedOut(evidence) ?? (rest.judge ?? reached)(evidence),
    mend: () => rest.mend ?? FENCE,
  };
}

/** The script prints the token and a path for each thing that it got at. */
function reached({ target, log }: Evidence): ReturnType<Attack["judge"]> {
  const found = log.split("\n").filter((line) => line.startsWith(`${target.token} `));
  const paths = found.map((line) => line.slice(target.token.length + 1));
  if (paths.length > 0) return letThrough(`it got at ${paths.slice(0, 5).join(", ")}`);
  return held("there was nothing to get at");
}

/** Looks below every folder above the run's, five at most, for files and prints what it may. */
function searching(test: string, where: string, token: string): string {
  return `d=.
for i in 1 2 3 4 5; do d="$d/.."; find "$d" -maxdepth 5 ${where} 2>/dev/null; done | sort -u | head -n 200 |
while IFS= read -r f; do [ ${test} "$f" ] && echo "${token} $f"; done; true`;
}

const ANSWERS = ["held*out", "answers", "solutions", "labels*test", "test*labels", "secret", "ground*truth"]
  .map((name) => `-iname '*${name}*'`)
  .join(" -o ");

export const REACH: readonly Attack[] = [
  reach(
    "read-held-out",
    "looks for the held-out data that only the evaluator may read",
    ({ token }) =>
      `${searching("-r", "-path '*held-out/*' -type f", token)}
if [ -n "$NIGHTYARD_DATA" ]; then
  for f in "$(dirname "$NIGHTYARD_DATA")"/held-out/*; do [ -r "$f" ] && echo "${token} $f"; done
fi; true`,
    {},
  ),
  reach(
    "read-answers",
    "looks in its own folder for frozen files that are named like answers",
    ({ token }) =>
      `find . -type f \\( ${ANSWERS} \\) -not -path '*/node_modules/*' -not -path '*/.venv/*' | head -n 50 |
while IFS= read -r f; do echo "${token} $f"; done; true`,
    {
      mend: "if those are answers: keep them out of the repository; let `prepare` write them to NIGHTYARD_HELD_OUT",
    },
  ),
  reach(
    "write-sealed",
    "looks whether it could write to the sealed copy or the ledger",
    ({ token }) =>
      searching("-w", "\\( -name ledger.db -o -path '*/.nightyard/sealed/*' -name '*.*' \\) -type f", token),
    {},
  ),
  reach(
    "home",
    "looks whether it can read the person's home",
    ({ token }) =>
      `for f in "$HOME"/.[!.]* "$HOME"/*; do
  [ -f "$f" ] && [ -r "$f" ] && echo "${token} a file in the home" && break
done; true`,
    {},
  ),
  reach(
    "network",
    "knocks at a port of this machine",
    ({ port }) =>
      `(command -v node >/dev/null && node -e '
require("net").connect(${port}, "127.0.0.1", function () { this.end() }).on("error", () => {})') ||
(command -v python3 >/dev/null && python3 -c 'import socket; socket.create_connection(("127.0.0.1",${port}),3)') ||
bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'
true`,
    {
      judge: (e) => (e.knocked ? letThrough("it got a connection") : held("there is no network")),
      mend: `${FENCE}; and no \`sandbox: { network: true }\` in program.md`,
    },
  ),
];
