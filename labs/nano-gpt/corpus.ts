/**
 * Frozen: reads the text, the State of the Union addresses of the presidents of the United States, 1790 to 2021.
 *
 * They are in the public domain and ship with the nightyard package (`texts/`), so preparing needs no network. The file
 * is checked against a fixed hash; figures of different days and machines then compare.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const FILE = "texts/state-of-the-union.json.br";
const SHA512 = "zS9uL8FPYs31AJVjNVz7XNfZWAXqPbrgZ9ReW8DsdV9wMlBc81572IKipkRbckAN+i9zlsn+OKrH08Swv9/6MA==";

/** One address: the name of its file, which begins with the year, and its text as UTF-8. */
export interface Address {
  readonly name: string;
  readonly text: Buffer;
}

/** All addresses, in order of their names. */
export function readAddresses(): readonly Address[] {
  const file = join(packageFolder(), FILE);
  const packed = readFileSync(file);
  const found = createHash("sha512").update(packed).digest("base64");
  if (found !== SHA512) throw new Error(`${file} is not the text this lab was made for; install nightyard again`);
  const addresses = JSON.parse(brotliDecompressSync(packed).toString("utf8")) as { name: string; text: string }[];
  return addresses.map(({ name, text }) => ({ name, text: Buffer.from(text, "utf8") }));
}

/** The nightyard package: above this file in a clone, else where Node finds it from here. */
function packageFolder(): string {
  const clone = fileURLToPath(new URL("../..", import.meta.url));
  if (existsSync(join(clone, FILE))) return clone;
  return dirname(createRequire(import.meta.url).resolve("nightyard/package.json"));
}
