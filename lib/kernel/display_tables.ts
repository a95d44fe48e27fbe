import "@uwdata/flechette";
import { ColumnTable } from "arquero";
import { jupyterDisplay, type MimeBundle, type Table } from "../core/mod.ts";
import { bundleOf } from "./bundle_of.ts";

/**
 * Displays every Arquero table as a table from now on, also where it is merely the last value of a cell.
 *
 * Without this call a notebook prints the table's inner fields. Changes Arquero's class `ColumnTable`, so it is the
 * notebook's decision and never happens by itself; `show` needs no such call. A rendering that the class already
 * has is left as it is, and calling twice is the same as calling once.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { displayTables } from "@understudy/understudy/kernel";
 *
 * displayTables();
 * assertEquals(Symbol.for("Jupyter.display") in tableOf({ arm: ["control"] }), true);
 * ```
 */
export function displayTables(): void {
  if (jupyterDisplay in ColumnTable.prototype) return;
  Object.defineProperty(ColumnTable.prototype, jupyterDisplay, {
    value(this: Table): Promise<MimeBundle> {
      return bundleOf(this);
    },
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
