#!/usr/bin/env node
// The command. The sources are TypeScript; `npm ci` (or `npm run build`) compiles them to dist/.
import { main } from "../dist/src/main.js";

// A reader that has seen enough (`| head`) closes the pipe: that is no error.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
