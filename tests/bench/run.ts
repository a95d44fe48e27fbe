/**
 * Times what this package computes beside what other software takes: `deno task bench [--json] [part of a name …]`;
 * `deno task bench kernel` holds the kernel beside Deno's.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { compareKernels } from "./kernel.ts";
import { compareRuns } from "./throughput.ts";

/** What a benchmark measured. */
interface Measured {
  readonly name: string;
  /** Median of the runs after warming up. */
  readonly seconds: number;
  readonly fastestSeconds: number;
  readonly runs: number;
  readonly targetSeconds: number;
  readonly met: boolean;
  readonly references: Bench["references"];
  /** The largest heap seen between runs, data included, less the heap before the data were made. */
  readonly heapMegabytes: number;
}

const leastRuns = 5;
const mostRuns = 25;
// Short tasks are repeated until this much time is spent, so that one pause does not decide the median.
const patienceSeconds = 2;

async function findBenches(parts: readonly string[]): Promise<Bench[]> {
  const folder = new URL("./", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ts") && !["bench.ts", "run.ts"].includes(name)).sort();
  const found: Bench[] = [];
  for (const file of files) {
    const module = await import(new URL(file, folder).href) as { benches?: readonly Bench[] };
    const benches = module.benches ?? [];
    const topic = file.replace(/\.ts$/, "");
    found.push(
      ...benches.filter(({ name }) =>
        parts.length === 0 || parts.some((part) => topic === part || name.includes(part))
      ),
    );
  }
  return found;
}

function heap(): number {
  return Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
}

async function measure(bench: Bench): Promise<Measured> {
  // Without the garbage of the benchmarks before; `deno task bench` exposes the collector.
  (globalThis as { gc?: () => void }).gc?.();
  const before = heap();
  const run = bench.prepare();
  let largest = heap();
  const time = async (): Promise<number> => {
    const started = performance.now();
    await run();
    const seconds = (performance.now() - started) / 1000;
    largest = Math.max(largest, heap());
    return seconds;
  };
  await time();
  await time();
  const times: number[] = [];
  let spent = 0;
  while (times.length < leastRuns || (times.length < mostRuns && spent < patienceSeconds)) {
    const seconds = await time();
    times.push(seconds);
    spent += seconds;
  }
  times.sort((a, b) => a - b);
  const middle = times.length / 2;
  const median = (times[Math.ceil(middle) - 1]! + times[Math.floor(middle)]!) / 2;
  return {
    name: bench.name,
    seconds: median,
    fastestSeconds: times[0]!,
    runs: times.length,
    targetSeconds: bench.targetSeconds,
    met: median <= bench.targetSeconds,
    references: bench.references,
    heapMegabytes: Math.max(0, largest - before) / 2 ** 20,
  };
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function write(seconds: number): string {
  return seconds.toPrecision(3);
}

function line(measured: Measured): string {
  const references = Object.entries(measured.references).map(([name, seconds]) =>
    `${name} ${write(seconds)}`
  );
  return [
    `${measured.met ? "met   " : "MISSED"}  ${measured.name}`,
    `          ours ${
      write(measured.seconds)
    } s (median of ${measured.runs}), target ${measured.targetSeconds} s, ` +
    `heap ${measured.heapMegabytes.toFixed(0)} MB` +
    (references.length === 0 ? "" : `; ${references.join(", ")}`),
  ].join("\n");
}

/** What Python takes for the same in the same hour, beside ours; why not, where it cannot be told. */
function pythonLine({ python }: Bench, seconds: number): string {
  let failure = "no python3";
  try {
    const { stdout, stderr } = new Deno.Command("python3", { args: ["-c", python!] }).outputSync();
    const theirs = Number(new TextDecoder().decode(stdout).trim() || NaN);
    if (theirs > 0) {
      return `          Python here ${write(theirs)} s: ours takes ${write(seconds / theirs)} of it`;
    }
    failure = new TextDecoder().decode(stderr).trim().split("\n").at(-1)!;
  } catch { /* there is none */ }
  return `          not beside Python here (${failure})`;
}

if (import.meta.main) {
  const json = Deno.args.includes("--json");
  const benches = await findBenches(Deno.args.filter((argument) => argument !== "--json"));
  const all: Measured[] = [];
  for (const bench of benches) {
    const measured = await measure(bench);
    all.push(measured);
    if (!json) print(line(measured));
    if (!json && bench.python !== undefined) print(pythonLine(bench, measured.fastestSeconds));
  }
  const named = Deno.args.filter((argument) => argument !== "--json");
  if (!json && (named.length === 0 || named.includes("throughput"))) await compareRuns();
  if (named.includes("kernel")) await compareKernels();
  if (json) {
    print(
      JSON.stringify(
        { deno: Deno.version.deno, cores: navigator.hardwareConcurrency, benches: all },
        null,
        2,
      ),
    );
  } else print(`${all.filter(({ met }) => met).length} of ${all.length} targets met`);
}
