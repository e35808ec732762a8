/*! kit: small text tools. All take a text and give a text. */
/** What the bundle exports. The gate calls each by its name; names and behaviour stay, all else may change. */
import { formatDate } from "./date.ts";
import { Logger } from "./log.ts";
import { MarkdownRenderer } from "./markdown.ts";
import { numberToWords } from "./numbers.ts";
import { toRoman } from "./roman.ts";
import { slugify } from "./slug.ts";

const logger = new Logger("kit");

/** "1994" → "MCMXCIV"; whole numbers from 1 to 3999. */
export function roman(text: string): string {
  logger.debug("roman", text);
  return toRoman(Number.parseInt(text, 10));
}

/** "342" → "three hundred forty-two"; whole numbers from 0 to 999999. */
export function words(text: string): string {
  logger.debug("words", text);
  return numberToWords(Number.parseInt(text, 10));
}

/** "Crème Brûlée!" → "creme-brulee". */
export function slug(text: string): string {
  logger.debug("slug", text);
  return slugify(text);
}

/** "2024-02-29|dddd, D MMMM YYYY" → "Thursday, 29 February 2024"; years 1900 to 2099. */
export function date(text: string): string {
  logger.debug("date", text);
  return formatDate(text);
}

/** Headings, lists, paragraphs, bold, emphasis, code and links → HTML. */
export function markdown(text: string): string {
  logger.debug("markdown", text);
  return new MarkdownRenderer().render(text);
}
