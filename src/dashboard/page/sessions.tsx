/** All sessions of the lab, the newest first, and the program with its versions. */
import { type Session, triedOf } from "../../ledger/session.ts";
import { words } from "../../report/listed.ts";
import { dayWords, stateWords, timeWords } from "../../report/words.ts";
import { experimentName } from "../../util/format.ts";
import type { ProgramVersion } from "../board/night.ts";
import { pathOf } from "./layout.tsx";

interface Props {
  readonly sessions: readonly Session[];
  readonly running: string | undefined;
}

const MOST = 500;

export function SessionsPage({ sessions, running }: Props) {
  const [a, b] = [sessions.at(-2)?.tag, sessions.at(-1)?.tag];
  return (
    <>
      <h1>Sessions of this lab</h1>
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="cards" role="table">
        <caption class="hidden">Sessions</caption>
        <thead>
          <tr>
            {["Session", "Begun", "State", "Experiments", "Kept", "Metric", "Agent"].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sessions
            .slice(-MOST)
            .reverse()
            .map((s) => (
              <SessionRow session={s} isRunning={s.tag === running} />
            ))}
        </tbody>
      </table>
      {a === undefined || b === undefined ? null : (
        <p class="more">
          <a href={`/compare?${new URLSearchParams({ a, b })}`}>Compare two sessions</a>
        </p>
      )}
    </>
  );
}

function SessionRow({ session: s, isRunning }: { readonly session: Session; readonly isRunning: boolean }) {
  const state = isRunning ? "running" : (s.ended?.why ?? "stopped");
  return (
    <tr>
      <th scope="row" class="wide">
        <a href={pathOf(s.tag)}>{s.tag}</a>
      </th>
      <td data-name="Begun">{`${dayWords(s.startedAt)} ${timeWords(s.startedAt, s.startedAt)}`}</td>
      <td data-name="State">{stateWords(state)}</td>
      <td data-name="Experiments" class="number">
        {triedOf(s)}
      </td>
      <td data-name="Kept" class="number">
        {s.champions.length - 1}
      </td>
      <td data-name="Metric">
        <bdi>{words(s.metric.name, 60)}</bdi>
      </td>
      <td data-name="Agent">
        <bdi>{words(s.agent, 60)}</bdi>
      </td>
    </tr>
  );
}

interface ProgramProps {
  readonly session: Session;
  readonly versions: readonly ProgramVersion[];
  readonly complete: boolean;
}

const MOST_TEXT = 60_000;

export function ProgramPage({ session, versions, complete }: ProgramProps) {
  const known = versions.length > 0 ? versions : [{ ...session.program, at: session.startedAt, from: 0 }];
  return (
    <>
      <p class="kicker">session {session.tag}</p>
      <h1>The program{known.length > 1 ? `, in ${known.length} versions` : ""}</h1>
      {complete ? null : <p class="reading">The events are still being read; older versions may be missing.</p>}
      {[...known].reverse().map((v, i) => (
        <details class="version" open={i === 0} data-key={`v-${v.hash}-${v.from}`}>
          <summary>
            <strong>{i === 0 ? "in force" : "before"}</strong> from {experimentName(v.from)} on,{" "}
            {timeWords(v.at, session.startedAt)} <code>{v.hash.slice(0, 12)}</code>
          </summary>
          <pre class="log">{v.text.slice(0, MOST_TEXT)}</pre>
          {v.text.length > MOST_TEXT ? <p class="more">The rest of {v.text.length} characters is left out.</p> : null}
        </details>
      ))}
    </>
  );
}

/** Where a token is needed and none was given. The script takes it from the address that was printed. */
export function TokenPage() {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Nightyard</title>
        <link rel="stylesheet" href="/static/style.css" />
        <script src="/static/login.js" defer />
      </head>
      <body>
        <main class="login">
          <h1>Nightyard</h1>
          <p>Open the address that nightyard ui has printed, or give the token that stands in it.</p>
          <form class="filter" id="login" method="post" action="/login">
            <label class="grow">
              <span>Token</span>
              <input type="password" name="token" autocomplete="off" required />
            </label>
            <button type="submit">Open</button>
          </form>
          <p id="said" role="status" />
        </main>
      </body>
    </html>
  );
}
