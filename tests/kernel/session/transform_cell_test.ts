import { assertEquals } from "@std/assert";
import { runtimeName, transformCell } from "../../../lib/kernel/session/transform_cell.ts";
import { semanticCells } from "./semantic_cells.ts";

/** What a cell's awaits went through, by line. */
const waited: number[] = [];

// The runtime of the session's process, as far as a cell needs it.
Object.assign(globalThis, {
  [runtimeName]: {
    wait: (value: unknown, line: number) => (waited.push(line), value),
    iterate: (values: AsyncIterable<unknown>) => values,
    importModule: (specifier: string, options?: ImportCallOptions) => import(specifier, options),
  },
});

const known = new Set<string>();

/** Runs a cell in this process. */
async function run(source: string, number = 1): Promise<{ value: unknown }> {
  const { names, functions, body } = transformCell(source, { number, resolve: (specifier) => specifier });
  const added = names.filter((name) => !known.has(name));
  for (const name of added) known.add(name);
  // In this process only `var` outlives an evaluation.
  if (added.length > 0) (0, eval)(`var ${added}`);
  if (functions !== "") (0, eval)(functions);
  return await (0, eval)(body);
}

const text = (value: unknown) => Deno.inspect(value, { colors: false });

Deno.test("a transformed cell means what it means in Deno's kernel", async (t) => {
  for (const { title, cells, value } of semanticCells) {
    await t.step(title, async () => {
      for (const cell of cells.slice(0, -1)) await run(cell);
      const last = await run(cells.at(-1)!).then(({ value }) => text(value), (error) => error.name);
      assertEquals(last, value);
    });
  }
});
