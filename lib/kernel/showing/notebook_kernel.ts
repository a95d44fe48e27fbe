import { ColumnTable } from "arquero";
import { escapeHtml, jupyterDisplay, type MimeBundle, renderTable, type Table } from "../../core/mod.ts";
import { columnMeanings } from "../../core/column_meanings.ts";
import { installStopButton } from "../../core/stop_button.ts";
import { foldHtml, quietHtml } from "../../core/view.ts";
import { isStopHeard, stopSignal } from "./interruptible.ts";
import process from "node:process";

/** How a display is placed: with an id it can be replaced later, by an update, also from another cell. */
type DisplayPlacement = { display_id?: string; update?: boolean };

/** What shows outputs in a notebook. */
export interface NotebookKernel {
  /** Displays a MIME bundle below the running cell. */
  display(bundle: MimeBundle, placement?: DisplayPlacement): Promise<void>;
}

/** The Deno kernel that runs this code; `undefined` in a script. */
export function notebookKernel(): NotebookKernel | undefined {
  try {
    // Reading the property throws outside a kernel.
    const { display } = globalThis.Deno.jupyter;
    if (typeof display !== "function") return undefined;
    return { display: (bundle, placement = {}) => display(bundle, { raw: true, ...placement }) };
  } catch {
    return undefined;
  }
}

/** Whether the kernel is the toolkit's, which stops any cell and keeps the order of outputs; Deno's does neither. */
export function isOwnKernel(): boolean {
  return "__understudy" in globalThis;
}

/** A table as a notebook shows it: what its columns mean, where that is known, folds below it. */
export function tableBundle(table: Table): MimeBundle {
  const meanings = [...columnMeanings(table.columnNames())]
    .map(([name, meaning]) => `<div><b>${escapeHtml(name)}</b>: ${escapeHtml(meaning)}</div>`);
  const below = meanings.length === 0 ? "" : quietHtml(foldHtml("What the columns mean", meanings.join("")));
  return {
    "text/html": renderTable(table) + below,
    "text/plain": renderTable(table, { format: "markdown" }),
  };
}

/**
 * Makes a notebook's kernel ready, where this code runs in one: a table that is a cell's last value shows as `show` shows
 * it, and the stop button, which sends SIGINT, ends what runs and not the kernel with all that it holds.
 */
export function prepareNotebook(): void {
  if (notebookKernel() === undefined) return;
  const known: object = ColumnTable.prototype;
  if (!(jupyterDisplay in known)) {
    Object.assign(known, {
      [jupyterDisplay](this: Table) {
        return tableBundle(this);
      },
    });
  }
  installStopButton(stopSignal);
  if (isOwnKernel()) return;
  process.on("SIGINT", () => {
    if (isStopHeard()) return;
    // deno-lint-ignore no-console -- who pressed the button must read it
    console.warn("Nothing here hears the stop button: a restart of the kernel ends the cell.");
  });
}

prepareNotebook();
