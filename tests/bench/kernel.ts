/**
 * What a session does with outputs, stops and time, beside Deno's own kernel: `deno task bench kernel` (some minutes).
 *
 * @module
 */
import { CellSession, type SessionOutput } from "../../lib/kernel/session/cell_session.ts";
import { endlessCells } from "../kernel/session/endless_cells.ts";
import { DenoKernel } from "../kernel/deno_kernel.ts";
import { isAlive } from "../kernel/notebook_fixture.ts";

const folder = new URL("../kernel/", import.meta.url).pathname;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function print(what: string, ours: string, denos = ""): void {
  const beside = denos === "" ? "" : `; Deno's kernel: ${denos}`;
  Deno.stdout.writeSync(new TextEncoder().encode(`${what}: ${ours}${beside}\n`));
}

/** A session whose outputs are kept. */
class Recorder {
  readonly outputs: SessionOutput[] = [];
  losses = 0;
  #number = 0;

  private constructor(readonly session: CellSession) {}

  static async open(): Promise<Recorder> {
    const session = await CellSession.open({
      folder,
      onOutput: (output) => void recorder.outputs.push(output),
      onInput: () => new Promise(() => {}),
      onLost: () => void recorder.losses++,
    });
    const recorder = new Recorder(session);
    return recorder;
  }

  async run(source: string): Promise<string[]> {
    const number = ++this.#number;
    this.outputs.length = 0;
    await this.session.run(source, { number });
    return this.outputs.filter(({ cell }) => cell === number).map(({ content }) => textOf(content));
  }

  start(source: string): Promise<unknown> {
    return this.session.run(source, { number: ++this.#number });
  }
}

function textOf(content: { readonly [name: string]: unknown }): string {
  const data = content.data as { readonly "text/plain"?: string } | undefined;
  return String(content.text ?? data?.["text/plain"] ?? "");
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))]!;
}

async function times(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await run();
    all.push(performance.now() - started);
  }
  return all;
}

const inMs = (values: readonly number[]) =>
  `${quantile(values, .5).toFixed(1)} ms, ${quantile(values, .95).toFixed(1)} ms at the 95th of 100`;

async function compareStart(): Promise<void> {
  const ours = await times(5, async () => {
    const { session } = await Recorder.open();
    await session.run("1", { number: 1 });
    await session.close();
  });
  const denos = await times(5, async () => {
    const kernel = await DenoKernel.start(folder);
    await kernel.executeUnfenced("1");
    await kernel.close();
  });
  print(
    "start, first result, end (median of 5)",
    `${quantile(ours, .5).toFixed(0)} ms`,
    `${quantile(denos, .5).toFixed(0)} ms`,
  );
}

async function compareRoundTrips(ours: Recorder, denos: DenoKernel): Promise<void> {
  await times(50, () => ours.run("1 + 1"));
  await times(50, () => denos.executeUnfenced("1 + 1"));
  const mine = await times(300, () => ours.run("1 + 1"));
  const theirs = await times(300, () => denos.executeUnfenced("1 + 1"));
  print("a trivial cell", inMs(mine), inMs(theirs));
}

/** Cells that print, display, return and burst, each piece with the number of its cell. */
function mixedCell(i: number): { source: string; pieces: string[] } {
  const mark = `<${i}>`;
  const kinds = [
    { source: `console.log("${mark}a"); "${mark}b"`, pieces: ["a", "b"] },
    {
      source:
        `console.log("${mark}a"); console.error("${mark}b"); await Deno.jupyter.display({ "text/plain": "${mark}c" }, { raw: true }); "${mark}d"`,
      pieces: ["a", "b", "c", "d"],
    },
    {
      source: `for (let i = 0; i < 50; i++) { console.log("${mark}" + i + ";"); await null } "${mark}end"`,
      pieces: [...Array.from({ length: 50 }, (_, place) => `${place};`), "end"],
    },
    {
      source:
        `await new Promise((go) => setTimeout(go, 1)); await Deno.stdout.write(new TextEncoder().encode("${mark}a")); "${mark}b"`,
      pieces: ["a", "b"],
    },
  ];
  const kind = kinds[i % kinds.length]!;
  return { source: kind.source, pieces: kind.pieces.map((piece) => mark + piece) };
}

async function compareMixedCells(count: number, run: (source: string) => Promise<string[]>): Promise<string> {
  let [all, lost, misplaced] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const { source, pieces } = mixedCell(i);
    const text = (await run(source)).join("");
    let at = 0;
    for (const piece of pieces) {
      all++;
      const found = text.indexOf(piece, at);
      if (found < 0) lost++;
      else at = found + piece.length;
    }
    misplaced += [...text.matchAll(/<(\d+)>/g)].filter(([, number]) => Number(number) !== i).length;
  }
  return `${lost} lost and ${misplaced} misplaced of ${all}`;
}

async function compareBursts(ours: Recorder, denos: DenoKernel): Promise<void> {
  const source = (lines: number) => `for (let i = 0; i < ${lines}; i++) console.log(i)`;
  const right = (lines: number) => Array.from({ length: lines }, (_, i) => `${i}\n`).join("");
  for (const lines of [5_000, 50_000, 500_000]) {
    const started = performance.now();
    const whole = (await ours.run(source(lines))).join("") === right(lines);
    const took = performance.now() - started;
    const theirs = lines > 50_000 ? "" : await denos.executeUnfenced(source(lines)).then((messages) => {
      const came = messages.map(({ content }) => textOf(content)).join("").split("\n").length - 1;
      return `${Math.max(0, lines - came)} lost`;
    });
    print(
      `a burst of ${lines} lines`,
      `${whole ? "all, in order" : "NOT WHOLE"}, ${took.toFixed(0)} ms`,
      theirs,
    );
  }
}

async function measureLargeDisplay(ours: Recorder, megabytes: number): Promise<void> {
  const started = performance.now();
  const [before, large, after] = await ours.run(`console.log("a");
    await Deno.jupyter.display({ "text/plain": "x".repeat(${
    megabytes * 1e6
  }) }, { raw: true }); console.log("b")`);
  const whole = before === "a\n" && large?.length === megabytes * 1e6 && after === "b\n";
  print(
    `a display of ${megabytes} MB among others`,
    `${whole ? "whole" : "NOT WHOLE"}, ${(performance.now() - started).toFixed(0)} ms`,
  );
}

async function measureStops(ours: Recorder): Promise<void> {
  const took: [milliseconds: number, source: string][] = [];
  await ours.run("let kept = 0");
  for (const source of endlessCells) {
    const end = ours.start(source);
    await pause(100);
    const started = performance.now();
    await ours.session.stop();
    await end;
    took.push([performance.now() - started, source]);
    await ours.run("kept++");
  }
  const state = (await ours.run("kept")).join("");
  const [slowest, cell] = took.toSorted(([a], [b]) => b - a)[0]!;
  print(
    `${endlessCells.length} kinds of endless cells stopped`,
    `median ${quantile(took.map(([each]) => each), .5).toFixed(0)} ms, most ${slowest.toFixed(0)} ms (${
      cell.slice(0, 40)
    }…), ` +
      `${ours.losses} deaths, state ${state === String(endlessCells.length) ? "right" : `WRONG: ${state}`}`,
  );
}

/** Stops at moments that sweep over start, work and end of cells. */
async function measureRandomStops(ours: Recorder, count: number): Promise<void> {
  const took: number[] = [];
  await ours.run("let counted = 0");
  const sources = [
    "await new Promise((go) => setTimeout(go, 40))",
    "const until = performance.now() + 40; while (performance.now() < until);",
    "for (let i = 0; i < 2000; i++) { console.log('line ' + i); await null }",
    "await null; let steps = 0; while (steps < 3e7) steps++",
    "({ async [Symbol.for('Jupyter.display')]() { await new Promise((go) => setTimeout(go, 20)); return { 'text/plain': 'x' } } })",
  ];
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const end = ours.start(sources[i % sources.length]!);
    await pause((i * 7) % 53);
    const started = performance.now();
    await ours.session.stop();
    await end;
    took.push(performance.now() - started);
    if ((await ours.run("++counted")).join("") !== String(i + 1)) wrong++;
  }
  print(
    `${count} stops at any moment`,
    `median ${quantile(took, .5).toFixed(0)} ms, most ${
      quantile(took, 1).toFixed(0)
    } ms, ${ours.losses} deaths, ${wrong} wrong states`,
  );
}

/** Kills a process that holds a session, also while its cell loops, and counts what is left of it after 3 s. */
async function measureOrphans(): Promise<void> {
  const module = new URL("../../lib/kernel/session/cell_session.ts", import.meta.url).href;
  const left: string[] = [];
  for (const cell of ["1", "while (true);", "await null; while (true);"]) {
    const script = `import { CellSession } from ${JSON.stringify(module)};
      const session = await CellSession.open({ folder: ${
      JSON.stringify(folder)
    }, onOutput: ({ content }) => console.log(content.text) });
      await session.run("console.log(Deno.pid)", { number: 1 });
      await session.run(${JSON.stringify(cell)}, { number: 2 });
      await new Promise(() => {});`;
    const args = ["eval", "--ext=ts", "--no-check", script];
    const holder = new Deno.Command(Deno.execPath(), { args, cwd: folder, stdout: "piped" }).spawn();
    const { value } = await holder.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value).trim());
    await pause(300);
    holder.kill("SIGKILL");
    await holder.status;
    await pause(3000);
    if (!(pid > 0) || isAlive(pid)) left.push(cell);
  }
  print("Deno's processes left 3 s after their session was killed", `${left.length} of 3 ${left.join()}`);
}

/** Prints all of it. */
export async function compareKernels(): Promise<void> {
  await compareStart();
  const [ours, denos] = [await Recorder.open(), await DenoKernel.start(folder)];
  try {
    await compareRoundTrips(ours, denos);
    const theirs = (source: string) =>
      denos.executeUnfenced(source).then((messages) => messages.map(({ content }) => textOf(content)));
    print(
      "1,000 mixed cells, pieces",
      await compareMixedCells(1000, (source) => ours.run(source)),
      await compareMixedCells(1000, theirs),
    );
    await compareBursts(ours, denos);
    await measureLargeDisplay(ours, 30);
    await measureLargeDisplay(ours, 100);
    await measureStops(ours);
    await measureRandomStops(ours, 450);
  } finally {
    await ours.session.close();
    await denos.close();
  }
  await measureOrphans();
}
