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

/** The memory of a browser's renderers that are descendants of this process, shared pages counted in parts, in MiB. */
export function rendererMemory(): number {
  const parents = new Map<number, number>();
  const renderers: number[] = [];
  for (const entry of readdirSync("/proc")) {
    const id = Number(entry);
    if (!id) continue;
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      parents.set(id, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      if (readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer")) renderers.push(id);
    } catch {
      // The process ended meanwhile.
    }
  }
  const isOurs = (id: number): boolean => id === process.pid || (parents.has(id) && id > 1 && isOurs(parents.get(id) ?? 0));
  const kibibytes = renderers.filter(isOurs).map((id) => {
    const line = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"));
    return Number(line?.[1] ?? 0);
  });
  return kibibytes.reduce((sum, value) => sum + value, 0) / 1024;
}
