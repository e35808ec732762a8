/**
 * Untrusted text made harmless in Markdown (CommonMark and GitHub's): no link, image, HTML, mention, table or emphasis
 * can come of it. What is shown is the text as it was; "@" and "#" are followed by an invisible word joiner, because
 * GitHub finds mentions, addresses and issues after escapes are resolved.
 */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Text on one line, for a paragraph, a list item or a table's cell. */
export function plain(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|~&$]/g, (c) => ENTITIES[c] ?? `\\${c}`)
    .replace(/[@#](?=\w)/g, (c) => `${c}\u2060`)
    .replace(/:(?=[^\s\d])/g, "\\:")
    .replace(/\.(?=\p{L})/gu, "\\.")
    .replace(/^(\d{1,9})([.)])/, "$1\\$2")
    .replace(/^([-+#=])/, "\\$1");
}

/** Text as code within a line; in a table's cell too. */
export function code(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = flat.startsWith("`") || flat.endsWith("`") || flat === "" ? " " : "";
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** Code in a cell. GitHub splits cells before it looks for code, so what has a bar in it is only escaped. */
export function codeCell(text: string): string {
  return text.includes("|") ? plain(text) : code(text);
}

/** Text on several lines as a block of code that the text cannot end. */
export function block(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n+$/, "")}\n${fence}`;
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
