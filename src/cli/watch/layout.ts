/**
 * Where list and pane are on a terminal of a size: side by side where it is wide, one above the other where it is not.
 * Pure.
 */
export interface Layout {
  readonly columns: number;
  /** Rows in use: one less than there are, so that the terminal never scrolls. */
  readonly rows: number;
  readonly wide: boolean;
  readonly listWidth: number;
  readonly listRows: number;
  readonly paneWidth: number;
  readonly paneRows: number;
}

/** Rows for the title, the progress line, the names of the tabs, and the keys. */
const FIXED = 4;
/** From this width on, the list stands beside the pane. */
const WIDE = 120;

export function layoutOf(columns: number, rows: number): Layout {
  const [width, height] = [Math.max(20, columns), Math.max(8, rows) - 1];
  const body = height - FIXED;
  if (width >= WIDE) {
    const listWidth = Math.floor(width * 0.45);
    const paneWidth = width - listWidth - 3;
    return { columns: width, rows: height, wide: true, listWidth, listRows: body, paneWidth, paneRows: body };
  }
  const listRows = Math.max(2, Math.min(12, Math.floor(body * 0.4)));
  const paneRows = Math.max(1, body - listRows);
  return { columns: width, rows: height, wide: false, listWidth: width, listRows, paneWidth: width, paneRows };
}

/** First index of the list that is shown: the chosen one is in the middle as far as there is room. */
export function listFrom(cursor: number, total: number, rows: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(rows / 2), total - rows));
}
