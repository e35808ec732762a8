/**
 * SVG as text: escaping, numbers, and the colours of light and dark.
 *
 * Every text that reaches the drawing goes through `escapeText`. Class names begin with `ny-`, so that the drawing can
 * stand inside a page. The dark colours are in a media query, which the PNG renderer does not read.
 */

/** Text for SVG content and attributes: markup escaped, characters that XML forbids and direction marks taken out. */
export function escapeText(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, " ")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "�")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}

/** A coordinate: one decimal is a fifth of what an eye sees. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** One line of at most `max` characters. */
export function shortText(text: string, max: number): string {
  const flat = [
    ...text
      .slice(0, max * 4)
      .replace(/\s+/g, " ")
      .trim(),
  ];
  return flat.length <= max
    ? flat.join("")
    : `${flat
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}

/** A piece of text at a place. `extra` is trusted attributes. */
export function textAt(x: number, y: number, kind: string, content: string, extra = ""): string {
  return `<text x="${at(x)}" y="${at(y)}" class="ny-t ny-${kind}"${extra}>${escapeText(content)}</text>`;
}

/** Widest plausible width in pixels: DejaVu Sans, which is wider than what browsers take instead. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const character of text) {
    if (/[ilj.,:;'|!()[\]tfI]/.test(character)) em += 0.38;
    else if (character === " ") em += 0.32;
    else if (/[mwMW%@…→]/.test(character)) em += 0.95;
    else em += character.charCodeAt(0) > 0x2e80 ? 1.05 : 0.64;
  }
  return em * size;
}

/** Font families, light colours, and dark ones for those who like it dark. */
export const STYLE = `
.ny-t{font-family:Inter,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-size:12px;fill:#57606a}
.ny-title{font-size:21px;font-weight:700;fill:#1f2328}
.ny-sub{font-size:13.5px}
.ny-narrow{font-size:13px}
.ny-axis{font-size:13px;fill:#57606a}
.ny-label{font-size:11px;fill:#1f6f3a;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.ny-mark{font-size:11px;fill:#afb8c1}
.ny-now{font-size:13.5px;font-weight:700;fill:#17692f}
.ny-bg{fill:#fff}
.ny-grid{stroke:#eaeef2;stroke-width:1}
.ny-edge{stroke:#d0d7de;stroke-width:1}
.ny-lane{fill:#f6f8fa}
.ny-discard{fill:#8c959f;fill-opacity:.5}
.ny-keep{fill:#2da44e;stroke:#fff;stroke-width:1.2}
.ny-likely{fill:#fff;stroke:#2da44e;stroke-width:2}
.ny-line{fill:none;stroke:#2da44e;stroke-width:2;stroke-linejoin:round}
.ny-band{fill:#2da44e;fill-opacity:.13}
.ny-lead{fill:none;stroke:#2da44e;stroke-width:.8;stroke-opacity:.55}
.ny-crash{fill:none;stroke:#cf222e;stroke-width:1.8;stroke-linecap:round}
.ny-none{fill:none;stroke:#8c959f;stroke-width:1.4;stroke-linecap:round}
.ny-off{fill:#8c959f}
@media screen and (prefers-color-scheme:dark){
.ny-t{fill:#9198a1}
.ny-title{fill:#f0f6fc}
.ny-axis{fill:#9198a1}
.ny-label{fill:#7ee2a0;stroke:#0d1117}
.ny-mark{fill:#484f58}
.ny-now{fill:#56d364}
.ny-bg{fill:#0d1117}
.ny-grid{stroke:#1c2128}
.ny-edge{stroke:#3d444d}
.ny-lane{fill:#151b23}
.ny-discard{fill:#8b949e;fill-opacity:.5}
.ny-keep{fill:#3fb950;stroke:#0d1117}
.ny-likely{fill:#0d1117;stroke:#3fb950}
.ny-line{stroke:#3fb950}
.ny-band{fill:#3fb950;fill-opacity:.16}
.ny-lead{stroke:#3fb950}
.ny-crash{stroke:#f85149}
.ny-none{stroke:#8b949e}
.ny-off{fill:#8b949e}
}
`;
