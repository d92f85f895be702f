import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, type Page, chromium, expect, test } from "@playwright/test";

import { launchOptions } from "../chromium.ts";
import { Homeserver } from "../fixtures/homeserver.ts";
import { Samples, memory } from "./sample.ts";

const RUNS = 7;
const VIEWPORT = { width: 1280, height: 800 };
const sizes = (process.env.TRELLIS_BENCH_ROOMS ?? "500,2000").split(",").map(Number);

/** Watches, from before the first script, when the things a person waits for appear, and what blocks the page. */
function watch(): void {
  const marks: Record<string, number> = {};
  const tasks: number[] = [];
  Object.assign(globalThis, { __marks: marks, __tasks: tasks });
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
  const look = () => {
    if (!("list" in marks) && document.querySelector('[data-testid="room-tile"]')) marks.list = performance.now();
    if (!("timeline" in marks) && document.querySelector('[data-testid="timeline-item"] .message-body')) marks.timeline = performance.now();
    if (!("live" in marks) && document.querySelector('[data-testid="sync-status"][data-state="live"]')) marks.live = performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
}

async function mark(page: Page, name: string): Promise<number> {
  const handle = await page.waitForFunction((key) => (globalThis as any).__marks?.[key], name, { polling: 20, timeout: 120_000 });
  return (await handle.jsonValue()) as number;
}

async function longTasks(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as any).__tasks.length as number);
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  return page;
}

/** Opens a profile in a browser that has done nothing else, and adds what it takes once that no longer changes. */
async function measureMemory(samples: Samples, profile: string, url: string): Promise<void> {
  const context = await chromium.launchPersistentContext(profile, { ...launchOptions, viewport: VIEWPORT });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.addInitScript(watch);
  await page.goto(url);
  await mark(page, "timeline");
  await mark(page, "live");
  const debug = await context.newCDPSession(page);
  let [before, now] = [memory(profile), memory(profile)];
  for (let round = 0; round < 20; round++) {
    await debug.send("HeapProfiler.collectGarbage");
    await page.waitForTimeout(1_000);
    [before, now] = [now, memory(profile)];
    if (Math.abs(before.core - now.core) < 1) break;
  }
  samples.add("memory of the renderer of page and core, MiB", now.core);
  samples.add("memory of the service worker's renderer, MiB", now.serviceWorker);
  const { result } = await debug.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await debug.send("Runtime.queryObjects", { prototypeObjectId: result.objectId ?? "" });
  const sizes = "function () { return this.map((memory) => memory.buffer.byteLength) }";
  const { result: bytes } = await debug.send("Runtime.callFunctionOn", { objectId: objects.objectId, functionDeclaration: sizes, returnByValue: true });
  samples.add("of it the page's WebAssembly, MiB", (bytes.value as number[]).reduce((sum, size) => sum + size, 0) / 2 ** 20);
  await context.close();
}

for (const rooms of sizes) {
  test(`an account of ${rooms} rooms`, async ({ browser }) => {
    const homeserver = await Homeserver.start();
    execFileSync(process.env.TRELLIS_XTASK ?? "", ["seed", "--homeserver", homeserver.url, "--rooms", String(rooms)], { stdio: "inherit" });
    const samples = new Samples();

    for (let run = 0; run < 3; run++) {
      const context = await browser.newContext();
      const page = await open(context, `${homeserver.url}/#/login`);
      await page.getByTestId("login-username").fill(`seed1x${rooms}`);
      await page.getByTestId("login-password").fill(`seed1x${rooms} correct horse`);
      const start = await page.evaluate(() => performance.now());
      await page.getByTestId("login-submit").click();
      samples.add("log-in to list, ms", (await mark(page, "list")) - start);
      samples.add("log-in to live, ms", (await mark(page, "live")) - start);
      await context.close();
    }

    const profile = await mkdtemp(join(tmpdir(), "trellis-bench-"));
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions, viewport: VIEWPORT });
    const page = await open(context, `${homeserver.url}/#/login`);
    await page.getByTestId("login-username").fill(`seed1x${rooms}`);
    await page.getByTestId("login-password").fill(`seed1x${rooms} correct horse`);
    await page.getByTestId("login-submit").click();
    await mark(page, "live");
    await page.getByTestId("room-tile").first().click();
    await page.locator('[data-testid="timeline-item"] .message-body').first().waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

    for (const state of ["up", "stopped"] as const) {
      if (state === "stopped") await homeserver.end();
      for (let run = 0; run < RUNS; run++) {
        await page.reload();
        samples.add(`reload to list, homeserver ${state}, ms`, await mark(page, "list"));
        samples.add(`reload to last room's timeline, homeserver ${state}, ms`, await mark(page, "timeline"));
        if (state === "up") await mark(page, "live");
        samples.add(`tasks over 50 ms, homeserver ${state}`, await longTasks(page));
      }
    }
    await homeserver.restart();
    await page.reload();
    await mark(page, "live");

    const tiles = page.getByTestId("room-tile");
    for (let run = 0; run < RUNS * 2; run++) {
      const tile = tiles.nth(1 + (run % 8));
      const roomId = (await tile.getAttribute("data-room-id")) ?? "";
      samples.add(
        "room switch, ms",
        await tile.evaluate(
          (element, id) =>
            new Promise<number>((resolve) => {
              const start = performance.now();
              const look = () => {
                const timeline = document.querySelector(`[data-testid="timeline"][data-room-id="${CSS.escape(id)}"]`);
                if (timeline?.querySelector('[data-testid="timeline-item"] .message-body')) {
                  observer.disconnect();
                  requestAnimationFrame(() => resolve(performance.now() - start));
                }
              };
              const observer = new MutationObserver(look);
              observer.observe(document, { subtree: true, childList: true, attributes: true });
              (element.querySelector("a") ?? (element as HTMLElement)).click();
              look();
            }),
          roomId,
        ),
      );
    }

    for (let run = 0; run < RUNS * 2; run++) {
      const text = `echo ${rooms} ${run}`;
      await page.getByTestId("composer-input").fill(text);
      samples.add(
        "Enter to echo, ms",
        await page.getByTestId("composer-input").evaluate(
          (element, expected) =>
            new Promise<number>((resolve) => {
              const start = performance.now();
              const observer = new MutationObserver(() => {
                const bodies = [...document.querySelectorAll('[data-testid="timeline-item"] .message-body')];
                if (bodies.some((body) => body.textContent?.includes(expected))) {
                  observer.disconnect();
                  requestAnimationFrame(() => resolve(performance.now() - start));
                }
              });
              observer.observe(document, { subtree: true, childList: true, characterData: true });
              element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true }));
            }),
          text,
        ),
      );
      await expect(page.locator('[data-testid="timeline-item"][data-event-id]', { hasText: text })).toBeVisible();
    }
    const address = page.url();
    await context.close();
    await measureMemory(samples, profile, address);
    await rm(profile, { recursive: true, force: true });
    samples.record(`../bench/results/page-${rooms}.md`, `The page with ${rooms} rooms`);
    await homeserver.remove();
  });
}
