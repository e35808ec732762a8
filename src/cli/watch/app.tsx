/**
 * The terminal view of a session: list, pane, keys. It draws what `source.ts` reads by the size that `layout.ts` gives
 * it, and hands every key to `state.ts`. Colours are dropped with NO_COLOR; nothing is said by colour alone.
 *
 * @jsxImportSource react
 */
import { Box, type Key, render, Text, useApp, useInput, useStdout } from "ink";
import { useMemo, useState } from "react";
import type { Experiment } from "../../experiment.ts";
import { type ExperimentsWindow, experimentsWindow } from "../../ledger/windows.ts";
import { summaryOf } from "../../summary.ts";
import { oneLine } from "../../util/text.ts";
import { type Layout, layoutOf, listFrom } from "./layout.ts";
import { experimentLines, fitLines, type Line, listLine, metricLines, type Tone, whyLines } from "./lines.ts";
import { type Source, type Standing, standingLine } from "./source.ts";
import { type Press, press, type Room, START, scrollOf, TABS, type ViewState } from "./state.ts";
import { useOutside, useSize, useStanding } from "./use-data.ts";

/** Shows a session until the person leaves; the session goes on. */
export async function showView(source: Source): Promise<void> {
  const { stdout } = process;
  // A screen of its own: what was on the terminal before is there again afterwards.
  const back = () => stdout.write("\u001b[?1049l");
  stdout.write("\u001b[?1049h\u001b[H");
  process.once("exit", back);
  try {
    await render(<View source={source} />, { patchConsole: false }).waitUntilExit();
  } finally {
    process.off("exit", back);
    back();
  }
}

function View({ source }: { readonly source: Source }) {
  const { exit } = useApp();
  const { stdout } = useStdout();
  const size = useSize(stdout);
  const layout = layoutOf(size.columns, size.rows);
  const standing = useStanding(source);
  const [view, setView] = useState<ViewState>(START);
  const shown = useList(source, standing, view, layout);
  const pane = usePane(source, standing, view, shown.chosen);
  const lines = fitLines(pane, layout.paneWidth);
  const room: Room = { ...layout, total: shown.list.total, paneLines: lines.length };
  useInput((input, key) => {
    const next = press({ ...view, cursor: shown.cursor }, pressOf(input, key), room);
    if (next === "leave") exit();
    else setView(next);
  });
  const list = <List shown={shown} layout={layout} champion={standing.session.champion.experiment} />;
  const body = <Pane lines={lines.slice(scrollOf(view, room))} layout={layout} />;
  return (
    <Box flexDirection="column" width={layout.columns} height={layout.rows} overflow="hidden">
      <Title source={source} standing={standing} shown={shown} view={view} />
      <Row tone="head">{oneLine(standingLine(source, standing), 400)}</Row>
      {layout.wide ? null : list}
      <Tabs view={view} room={room} />
      {layout.wide ? (
        <Box height={layout.listRows}>
          {list}
          <Box width={3} flexShrink={0} flexDirection="column">
            {Array.from({ length: layout.listRows }, (_, i) => (
              <Text key={String(i)}> │ </Text>
            ))}
          </Box>
          {body}
        </Box>
      ) : (
        body
      )}
      <Keys view={view} />
    </Box>
  );
}

interface Shown {
  readonly list: ExperimentsWindow;
  readonly cursor: number;
  readonly chosen: Experiment | undefined;
}

/** The part of the list on the screen, and the chosen experiment in it; read again when the session has changed. */
function useList(source: Source, { session }: Standing, view: ViewState, { listRows }: Layout): Shown {
  const { cursor: wanted, follow, verdict, search } = view;
  const { ledger } = source;
  return useMemo(() => {
    const read = (from: number, count: number) =>
      experimentsWindow(ledger, session.tag, { from, count, verdict, search });
    const { total } = read(0, 0);
    const last = Math.max(0, total - 1);
    const cursor = follow ? last : Math.min(wanted, last);
    const list = read(listFrom(cursor, total, listRows), listRows);
    return { list, cursor, chosen: list.experiments[cursor - list.from] };
  }, [ledger, session, wanted, follow, verdict, search, listRows]);
}

function usePane(source: Source, { session }: Standing, view: ViewState, e: Experiment | undefined) {
  const { ledger } = source;
  const outside = useOutside(source, e, view.tab);
  const noise = useMemo(() => summaryOf(ledger, session).noise, [ledger, session]);
  if (e === undefined) return [{ text: "no experiment here: esc shows all", tone: "dim" } as const];
  if (view.tab === "experiment") return experimentLines(session, e, noise);
  if (view.tab === "metrics") return metricLines(session, e);
  return view.tab === "why" ? whyLines(session, e) : outside;
}

function Title(props: { source: Source; standing: Standing; shown: Shown; view: ViewState }) {
  const { standing, shown, view, source } = props;
  const { list, cursor } = shown;
  const filters = [view.verdict, view.search === "" ? undefined : `"${oneLine(view.search, 40)}"`];
  const filter = filters.filter((f) => f !== undefined).join(" ");
  const place = list.total === 0 ? "none" : `${cursor + 1} of ${list.total}`;
  const state = standing.running ? "running" : "not running";
  const only = filter === "" ? "" : ` · only ${filter}`;
  const text = `nightyard · ${oneLine(source.tag, 64)} · ${state} · ${place}${only}`;
  return <Row tone="plain">{text}</Row>;
}

function List({ shown, layout, champion }: { shown: Shown; layout: Layout; champion: number }) {
  const { list, cursor } = shown;
  return (
    <Box flexDirection="column" width={layout.listWidth} height={layout.listRows} flexShrink={0} overflow="hidden">
      {list.experiments.map((e, i) => {
        const { text, tone } = listLine(e, champion);
        const isChosen = list.from + i === cursor;
        return (
          <Row key={e.number} tone={tone} chosen={isChosen}>
            {`${isChosen ? "›" : " "}${text}`}
          </Row>
        );
      })}
    </Box>
  );
}

function Tabs({ view, room }: { view: ViewState; room: Room }) {
  const names = TABS.map((tab, i) => (tab === view.tab ? `[${tab}]` : ` ${i + 1} ${tab} `)).join(" ");
  const first = scrollOf(view, room);
  const more =
    room.paneLines > room.paneRows ? `  lines ${first + 1}–${Math.min(room.paneLines, first + room.paneRows)}` : "";
  const of = more === "" ? "" : ` of ${room.paneLines}`;
  return <Row tone="dim">{`── ${names}${more}${of}${view.focus === "pane" ? "  ◂ arrows here" : ""}`}</Row>;
}

function Pane({ lines, layout }: { lines: readonly Line[]; layout: Layout }) {
  return (
    <Box flexDirection="column" width={layout.paneWidth} height={layout.paneRows} flexShrink={0} overflow="hidden">
      {lines.slice(0, layout.paneRows).map(({ text, tone }, i) => (
        <Row key={String(i)} tone={tone}>
          {text}
        </Row>
      ))}
    </Box>
  );
}

function Keys({ view }: { view: ViewState }) {
  if (view.typing !== undefined)
    return <Row tone="head">{`search: ${view.typing}▏  enter: find   esc: no search`}</Row>;
  const where = view.focus === "list" ? "enter read" : "enter list";
  const text = `q leave  ↑↓/jk move  g/G ends  ${where}  tab/1-5 view  / search  v verdict`;
  return <Row tone="dim">{text}</Row>;
}

const COLOURS: Readonly<Record<Tone, string | undefined>> = {
  plain: undefined,
  good: "green",
  bad: "red",
  dim: undefined,
  head: "cyan",
};

/** One line of the screen, cut where it does not fit. */
function Row(props: { readonly tone: Tone; readonly chosen?: boolean; readonly children: string }) {
  const { tone, chosen = false, children } = props;
  const plain = (process.env.NO_COLOR ?? "") !== "";
  const colour = plain ? undefined : COLOURS[tone];
  const style = { bold: !plain && tone === "head", dimColor: !plain && tone === "dim", inverse: !plain && chosen };
  return (
    <Box height={1} flexShrink={0}>
      <Text {...style} {...(colour === undefined ? {} : { color: colour })} wrap="truncate-end">
        {children === "" ? " " : children}
      </Text>
    </Box>
  );
}

function pressOf(input: string, key: Key): Press {
  return {
    input: key.ctrl || key.meta ? "" : input,
    up: key.upArrow,
    down: key.downArrow,
    pageUp: key.pageUp,
    pageDown: key.pageDown,
    home: key.home,
    end: key.end,
    enter: key.return,
    escape: key.escape,
    tab: key.tab,
    shift: key.shift,
    erase: key.backspace || key.delete,
  };
}
