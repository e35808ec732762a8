/**
 * Writes the published JSON shapes to `schema/`: `npx tsx src/cli/write-schemas.ts`. A test compares.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../workspace.ts";
import { PUBLISHED, schemaText } from "./json.ts";

for (const name of Object.keys(PUBLISHED) as (keyof typeof PUBLISHED)[]) {
  writeFileSync(join(packageRoot(), "schema", `${name}.schema.json`), schemaText(name));
}
