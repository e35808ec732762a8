/** A small part of Markdown as HTML. */
import { checkText } from "./checks.ts";

export class MarkdownRenderer {
  private _output: string[] = [];
  private _paragraph: string[] = [];
  private _items: string[] = [];

  /** Headings of three levels, lists of one level, paragraphs; blank lines end what came before. */
  render(text: string): string {
    checkText("render", text);
    for (const line of text.split("\n")) {
      this._renderLine(line);
    }
    this._endParagraph();
    this._endList();
    return this._output.join("\n");
  }

  private _renderLine(line: string): void {
    if (line.startsWith("### ")) {
      this._endParagraph();
      this._endList();
      this._output.push(`<h3>${this._renderInline(line.slice(4))}</h3>`);
    } else if (line.startsWith("## ")) {
      this._endParagraph();
      this._endList();
      this._output.push(`<h2>${this._renderInline(line.slice(3))}</h2>`);
    } else if (line.startsWith("# ")) {
      this._endParagraph();
      this._endList();
      this._output.push(`<h1>${this._renderInline(line.slice(2))}</h1>`);
    } else if (line.startsWith("- ")) {
      this._endParagraph();
      this._items.push(line.slice(2));
    } else if (line === "") {
      this._endParagraph();
      this._endList();
    } else {
      this._endList();
      this._paragraph.push(line);
    }
  }

  private _endParagraph(): void {
    if (this._paragraph.length > 0) {
      this._output.push(`<p>${this._renderInline(this._paragraph.join("\n"))}</p>`);
      this._paragraph = [];
    }
  }

  private _endList(): void {
    if (this._items.length > 0) {
      this._output.push("<ul>");
      for (const item of this._items) {
        this._output.push(`<li>${this._renderInline(item)}</li>`);
      }
      this._output.push("</ul>");
      this._items = [];
    }
  }

  private _renderInline(text: string): string {
    let html = text;
    html = html.replace(/&/g, "&amp;");
    html = html.replace(/</g, "&lt;");
    html = html.replace(/>/g, "&gt;");
    html = html.replace(/"/g, "&quot;");
    html = html.replace(/`([^`]+)`/g, "<code>$1</code>");
    html = html.replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
    html = html.replace(/\*([^*]+)\*/g, "<em>$1</em>");
    html = html.replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>');
    return html;
  }
}
