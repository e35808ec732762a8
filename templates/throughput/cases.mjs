// What is measured and what is right. Frozen: no agent edits it. Fill in all three; until then nothing is measured.

/** The function. For example: export { parse as call } from "../src/parse.js"; */
export const call = undefined;

/** Inputs of the size that real callers have; each is an argument list. For example: [["a,b\nc,d\n"]] */
export const inputs = [];

/** Small inputs with their right answers, compared deeply. For example: [{ args: ["a,b"], answer: [["a", "b"]] }] */
export const answers = [];
