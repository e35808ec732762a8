/**
 * A path as each system wants it written. Pure. A path with a line end is refused before it gets here.
 */

/** One word of a shell line. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A shell line in a crontab, where % would end it. */
export function cronLine(line: string): string {
  return line.replaceAll("%", "\\%");
}

/** One word of ExecStart=: C escapes, specifiers and variables taken literally. */
export function systemdWord(text: string): string {
  const literal = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${literal}"`;
}

/** Text between tags of a property list. */
export function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
