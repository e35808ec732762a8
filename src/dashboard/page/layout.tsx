/** The frame of every page: the bar above, the styles and the script that this server itself gives, nothing else. */
import type { Child } from "hono/jsx";

export interface Frame {
  readonly lab: string;
  readonly title: string;
  /** The session that the page is of; undefined on pages of all sessions. */
  readonly tag?: string | undefined;
  readonly running?: boolean | undefined;
  /** Of the board that the page was made from: what has changed since is asked for when the page has come. */
  readonly version?: number | undefined;
  readonly here?: "overview" | "program" | "compare" | "sessions" | undefined;
}

export function pathOf(tag: string): string {
  return `/s/${encodeURIComponent(tag)}`;
}

export function Layout({ frame, children }: { readonly frame: Frame; readonly children?: Child }) {
  const { tag, lab, title } = frame;
  const base = tag === undefined ? "" : pathOf(tag);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${title} · ${lab}`}</title>
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/static/uplot.css" />
        <link rel="stylesheet" href="/static/style.css" />
        <script src="/static/uplot.js" defer />
        <script src="/static/page.js" defer />
      </head>
      <body data-base={base} data-version={frame.version}>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <Bar frame={frame} base={base} />
        <main id="content">{children}</main>
        <footer>Drawn by nightyard from the ledger, which alone is the record.</footer>
      </body>
    </html>
  );
}

function Bar({ frame: { tag, here, running }, base }: { readonly frame: Frame; readonly base: string }) {
  const links = [
    ...(tag === undefined
      ? []
      : ([
          ["overview", base, "Overview"],
          ["program", `${base}/program`, "Program"],
          ["compare", `${base}/compare`, "Compare"],
        ] as const)),
    ["sessions", "/sessions", "Sessions"] as const,
  ];
  return (
    <header class="top">
      <a class="mark-name" href="/">
        <Moon /> Nightyard
      </a>
      <nav aria-label="Pages">
        {links.map(([name, href, text]) => (
          <a href={href} aria-current={name === here ? "page" : undefined}>
            {text}
          </a>
        ))}
      </nav>
      {tag === undefined ? null : (
        <span class={running === true ? "live on" : "live"} id="live" role="status">
          {running === true ? "running" : "at rest"}
        </span>
      )}
    </header>
  );
}

function Moon() {
  return (
    <svg class="moon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d="M12.6 2.2a8 8 0 1 0 5.2 11.2A7 7 0 0 1 12.6 2.2z" />
    </svg>
  );
}
