/** Options of {@linkcode cellTrace}. */
export interface CellTraceOptions {
  /** The number of the cell that ran. */
  number: number;
  /** How many lines it has. */
  lines: number;
}

/**
 * The text of an error as the reader of a notebook understands it: places are lines of cells, and what ran the cell is
 * left out.
 *
 * @param inspected the error as `Deno.inspect` writes it: with its causes and properties
 * @param options see {@linkcode CellTraceOptions}
 * @returns the lines of the trace
 */
export function cellTrace(inspected: string, options: CellTraceOptions): string[] {
  const kept: string[] = [];
  let frames: string[] = [];
  const endFrames = () => {
    if (frames.length === 0) return;
    // The last frame also carries what opens the error's properties, or ends it in a list.
    const last = frames.pop()!;
    const ending = /(?: \{|,)$/.exec(last)?.[0] ?? "";
    frames.push(last.slice(0, last.length - ending.length));
    kept.push(...cellFrames(frames, options));
    kept.push((kept.pop() ?? "") + ending);
    frames = [];
  };
  for (const line of inspected.split("\n")) {
    if (/^\s+at /.test(line)) frames.push(line);
    // What the frames of a cause repeat, the frames that are left do not need.
    else if (!/^\s+\.\.\. \d+ lines matching cause stack trace/.test(line)) {
      endFrames();
      kept.push(line);
    }
  }
  endFrames();
  return kept;
}

// What runs inside Deno's kernel stands in this folder.
const here = new URL(".", import.meta.url).href;

function cellFrames(frames: readonly string[], { number, lines }: CellTraceOptions): string[] {
  const own = frames.filter((frame) => {
    const [, cell, line] = /\(cell-(\d+)\.ts, <anonymous>:(\d+):/.exec(frame) ?? [];
    // The call of the cell itself stands below its last line.
    return !frame.includes(here) && !/\beval \(<anonymous>\)/.test(frame) &&
      !(Number(cell) === number && Number(line) > lines);
  });
  const lastCell = own.findLastIndex((frame) => /\bcell-\d+\.ts/.test(frame));
  return (lastCell < 0 ? own : own.slice(0, lastCell + 1)).map(inCells);
}

function inCells(frame: string): string {
  return frame
    .replace(/\beval \(cell-(\d+)\.ts, <anonymous>:(\d+):\d+\)/, "Cell $1:$2")
    .replace(/\bcell-(\d+)\.ts, <anonymous>:(\d+):\d+/, "Cell $1:$2")
    .replace(/\bcell-(\d+)\.ts\b/, "Cell $1");
}
