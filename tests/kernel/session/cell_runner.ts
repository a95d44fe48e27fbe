import { runtimeName, transformCell } from "../../../lib/kernel/session/transform_cell.ts";

/** What the awaits of cells went through, as `method:line`. */
export const waited: string[] = [];

// The runtime of a session's process, as far as a cell needs it.
Object.assign(globalThis, {
  [runtimeName]: {
    wait(value: unknown, line: number) {
      waited.push(`wait:${line}`);
      return value;
    },
    iterate(values: AsyncIterable<unknown>, line: number) {
      waited.push(`iterate:${line}`);
      return values;
    },
    importModule: (specifier: string, options?: ImportCallOptions) => import(specifier, options),
    checkExports: (module: object) => module,
  },
});

const known = new Set<string>();

/** Runs a cell in this process, whose global object is its session. */
export async function runHere(source: string, number = 1): Promise<{ value: unknown }> {
  const { names, functions, body } = transformCell(source, number);
  const added = names.filter((name) => !known.has(name));
  for (const name of added) known.add(name);
  // In this process only `var` outlives an evaluation.
  if (added.length > 0) (0, eval)(`var ${added}`);
  if (functions !== "") (0, eval)(functions);
  return await (0, eval)(body);
}
