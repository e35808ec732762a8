/**
 * Writes schema/program.schema.json from the schema in schema.ts: `node --import tsx src/program/write-schema.ts`.
 *
 * A test fails when the file is not what this writes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programJsonSchema } from "./schema.ts";

const file = fileURLToPath(new URL("../../schema/program.schema.json", import.meta.url));
mkdirSync(fileURLToPath(new URL("../../schema/", import.meta.url)), { recursive: true });
writeFileSync(file, programJsonSchema());
