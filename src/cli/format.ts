/** How numbers and times are written; it stands in `util/format.ts`, because the report writes them too. */
export { clock, experimentName, number, percent, plural, span } from "../util/format.ts";
