/**
 * The text of an error as the reader of a notebook understands it: places are lines of cells, and what ran the cell is
 * left out. It is given as `Deno.inspect` writes it, with its causes and properties, and the cell that ran.
 */
export function cellTrace(inspected: string, cell: { number: number; lines: number }): string[] {
  return inspected
    // What the frames of a cause repeat, the frames that are left do not need.
    .replace(/\n +\.\.\. \d+ lines matching cause stack trace.*/g, "")
    .replace(/(\n +at .*)+/g, (frames) => {
      // The last frame also carries what opens the error's properties, or ends it in a list.
      const ending = /( \{|,)?$/.exec(frames)![0];
      const own = frames.slice(1, frames.length - ending.length).split("\n")
        .filter((frame) => !isOfSession(frame, cell));
      const lastCell = own.findLastIndex((frame) => /\bcell-\d+\.ts/.test(frame));
      const shown = lastCell < 0 ? own : own.slice(0, lastCell + 1);
      return shown.map((frame) => `\n${frame}`).join("") + ending;
    })
    .replace(/\b(?:\w+\.)?eval (?:\[as \w+\] )?\(cell-(\d+)\.ts, <anonymous>:(\d+):\d+\)/g, "Cell $1:$2")
    .replace(/\bcell-(\d+)\.ts, <anonymous>:(\d+):\d+/g, "Cell $1:$2")
    .split("\n");
}

// What runs inside Deno's kernel stands in this folder.
const here = new URL(".", import.meta.url).href;

/** Whether a frame is none of the user's: the call of a cell stands below its last line. */
function isOfSession(frame: string, cell: { number: number; lines: number }): boolean {
  const [, number, line] = /\(cell-(\d+)\.ts, <anonymous>:(\d+):/.exec(frame) ?? [];
  return frame.includes(here) || /\beval \(<anonymous>\)/.test(frame) ||
    Number(number) === cell.number && Number(line) > cell.lines;
}
