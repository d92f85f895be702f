import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** Measurements of one thing, in the unit its name tells. */
export class Samples {
  readonly #values = new Map<string, number[]>();

  add(name: string, value: number): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  /** A table of medians and ranges. */
  table(title: string): string {
    const rows = [...this.#values].map(([name, values]) => {
      const sorted = [...values].sort((a, b) => a - b);
      const [low, median, high] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted[sorted.length - 1]];
      return `| ${name} | ${median.toFixed(0)} | ${low.toFixed(0)} – ${high.toFixed(0)} | ${sorted.length} |`;
    });
    return [`## ${title}`, "", "| measure | median | range | runs |", "|---|---:|---:|---:|", ...rows, ""].join("\n");
  }

  record(file: string, title: string): void {
    const table = this.table(title);
    console.log(`\n${table}`);
    writeFileSync(file, table);
  }
}

/** What the renderers of the client take, in MiB: the one of the page and the core, which are of one site, and the service worker's. */
export interface Memory {
  readonly core: number;
  readonly serviceWorker: number;
}

/**
 * The memory of the browser that has a profile open, shared pages counted in parts. A renderer is told by its threads: the one
 * of the shared worker, the one of the service worker. The others draw the browser's own window, or wait for a next page.
 */
export function memory(profile: string): Memory {
  const parents = new Map<number, number>();
  const commands = new Map<number, string>();
  for (const entry of readdirSync("/proc")) {
    const id = Number(entry);
    if (!id) continue;
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      parents.set(id, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      commands.set(id, readFileSync(`/proc/${id}/cmdline`, "utf8"));
    } catch {
      // The process ended meanwhile.
    }
  }
  const browser = [...commands].find(([, command]) => command.includes(`--user-data-dir=${profile}`) && !command.includes("--type="))?.[0];
  const isOurs = (id: number): boolean => id === browser || (id > 1 && isOurs(parents.get(id) ?? 0));
  const sizes = { core: 0, serviceWorker: 0 };
  for (const [id, command] of commands) {
    if (!command.includes("--type=renderer") || !isOurs(id)) continue;
    const threads = readdirSync(`/proc/${id}/task`).map((thread) => readFileSync(`/proc/${id}/task/${thread}/comm`, "utf8"));
    const size = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;
    const has = (name: string) => threads.some((thread) => thread.startsWith(name));
    if (has("SharedWorker")) sizes.core = Math.max(sizes.core, size);
    else if (has("ServiceWorker")) sizes.serviceWorker = Math.max(sizes.serviceWorker, size);
  }
  return sizes;
}
