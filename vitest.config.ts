import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  resolve: {
    alias: { "nightyard/tensor": fileURLToPath(new URL("./tensor/index.ts", import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    exclude: ["**/node_modules/**", "**/.nightyard/**", "dist/**", "dist.*/**"],
    // Two cores and real child processes: more files at once only slow each other down.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
