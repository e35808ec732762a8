/** A verdict as a sentence; it stands in `verdict-words.ts`, because the report says it too. */
export { verdictInWords } from "../verdict-words.ts";
