import { cannot, checkOptions, type Table, tableOfRows } from "../../core/mod.ts";
import type { CellSession } from "../session/cell_session.ts";
import { compareOutputs } from "./compare_outputs.ts";
import { loadNotebook, type Notebook, writeNotebook } from "./ipynb.ts";
import { compareLiveRuns } from "./live_intervals.ts";
import { runCells, type RunNotebookOptions } from "./run_notebook.ts";
import { keepStores, notebookFiles } from "./used_files.ts";

/** Options of {@linkcode verifyNotebook}. */
export interface VerifyNotebookOptions extends Omit<RunNotebookOptions, "allowErrors"> {
  /**
   * How often the notebook is run against its real respondent, with the network and without its stores: 2 or more. 0
   * runs it once without a network, on what its stores hold.
   * @default {0}
   */
  live?: number;
}

const action = "verify the notebook";
const columns = ["cell", "output", "kind", "place", "expected", "actual"];

/**
 * Verifies that a notebook gives the outputs that it holds: runs it again and compares.
 *
 * The session is closed before the first cell: no network, no programs, no foreign functions, no variables of the
 * environment such as keys. So every reply must come from a committed store, from a simulated respondent, or from one
 * that the notebook itself serves; only modules that it imports may still be loaded. Texts and tables must be the same to the letter, figures to a hundredth of a pixel;
 * only what tells when and where a run was made is not compared (pace and duration of a progress line, ports of this
 * machine, Deno's version, a date that is today's). The notebook and the files that it names are afterwards as before.
 *
 * With `live`, each number must lie where one more run is expected: mean ± t(.975, k − 1) · sd · √(1 + 1/k) of k runs.
 *
 * @param path the `.ipynb` file, executed
 * @param options see {@linkcode VerifyNotebookOptions}; `output` keeps the (last) new run
 * @returns one row per difference, none where all is equal: `cell` (place among all cells, from 1), `output` (place
 * in the cell, from 1), `kind` (`stdout`, `stderr`, a MIME type, `figure`, `error`, `live`, or `output` for one too many
 * or missing), `place` (line, row of a table or element of a figure), `expected`, `actual`
 * @throws {Error} if a cell ends the session, or if the run is stopped
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { runNotebook, verifyNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * const cell = { id: "a", cell_type: "code" as const, source: "6 * 7", metadata: {} };
 * await writeNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * await runNotebook(path, { output: path });
 * assertEquals((await verifyNotebook(path)).numRows(), 0);
 * await Deno.remove(path);
 * ```
 */
export async function verifyNotebook(path: string, options: VerifyNotebookOptions = {}): Promise<Table> {
  checkOptions(action, options, ["output", "timeoutMs", "onBegin", "onCell", "signal", "live"]);
  const { live = 0, output, ...running } = options;
  if (!Number.isInteger(live) || live < 0 || live === 1) {
    throw new RangeError(cannot(action, "live", "be 0, or a number of runs from 2", live));
  }
  const expected = await loadNotebook(path);
  const started = new Date();
  const runs: Notebook[] = [];
  for (let run = 0; run < Math.max(1, live); run++) {
    const actual = structuredClone(expected);
    await keepStores(await notebookFiles(path), { withoutStores: live > 0 }, async () => {
      const prepare = live > 0 ? {} : { prepare: closeSession };
      await runCells(actual, path, { ...running, ...prepare, allowErrors: true });
    });
    runs.push(actual);
  }
  if (typeof output === "string") await writeNotebook(runs.at(-1)!, output);
  if (live > 0) return tableOfRows(compareLiveRuns(expected, runs), columns);
  const today = [started, new Date()].map((time) => time.toISOString().slice(0, 10));
  return tableOfRows(compareOutputs(expected, runs[0]!, today), columns);
}

async function closeSession(session: CellSession): Promise<void> {
  const inside = new URL("./sealed_session.ts", import.meta.url).href;
  const error = await session.run(`(await import(${JSON.stringify(inside)})).sealSession();`, {
    number: 0,
    silent: true,
  });
  if (error !== null) throw new Error(`Cannot verify as the session cannot be closed: ${error.evalue}`);
  await session.revoke(["net", "run", "ffi"]);
}
