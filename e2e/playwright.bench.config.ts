import { defineConfig } from "@playwright/test";

import { launchOptions } from "./chromium.ts";

export default defineConfig({
  testDir: "bench",
  testMatch: "*.bench.ts",
  outputDir: "test-results/bench",
  workers: 1,
  retries: 0,
  timeout: 600_000,
  reporter: [["line"]],
  use: { browserName: "chromium", launchOptions, viewport: { width: 1280, height: 800 } },
});
