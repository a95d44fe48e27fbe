import { loadNotebook } from "./ipynb.ts";
import { basename, dirname, isAbsolute, resolve } from "node:path";

const literal = /(["'`])([^"'`\\\n$]{1,300})\1/g;

/**
 * The files that a notebook uses, as far as its code names them: modules that it imports and, in these and in its cells,
 * each text in quotation marks that is the relative path of a file. Hidden files are left out, as they hold secrets.
 *
 * @param path the `.ipynb` file
 * @returns absolute paths in alphabetical order, without the notebook's own
 */
export async function notebookFiles(path: string): Promise<string[]> {
  const folder = dirname(resolve(path));
  const { cells } = await loadNotebook(path);
  const code = cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.source).join("\n");
  const found = new Map<string, boolean>([[resolve(path), false]]);
  const texts = [{ text: code, from: folder }];
  for (let next = texts.pop(); next !== undefined; next = texts.pop()) {
    const names = [...next.text.matchAll(literal)].map((match) => match[2]!).filter((name) =>
      !isAbsolute(name)
    );
    // A module's own files are named from where it is, or from where the notebook runs.
    for (const file of names.flatMap((name) => [resolve(next!.from, name), resolve(folder, name)])) {
      if (found.has(file) || basename(file).startsWith(".")) continue;
      found.set(file, await Deno.stat(file).then(({ isFile }) => isFile, () => false));
      if (!found.get(file) || !/\.m?[jt]sx?$/.test(file)) continue;
      texts.push({ text: await Deno.readTextFile(file), from: dirname(file) });
    }
  }
  return [...found].filter(([, isFile]) => isFile).map(([file]) => file).sort();
}

async function isDatabase(file: string): Promise<boolean> {
  using opened = await Deno.open(file);
  const start = new Uint8Array(15);
  await opened.read(start);
  return new TextDecoder().decode(start) === "SQLite format 3";
}

/**
 * Runs something that may write to stores, and leaves them as they were; or runs it without them.
 *
 * A store is set aside as `NAME.kept` while it lasts, so that replies that were paid for survive whatever happens.
 *
 * @param files among them the stores, which are SQLite files
 * @param options `withoutStores`: whether it finds no store instead of a copy
 * @param run what to run
 * @throws {Error} if a store is still set aside, as its run was broken off
 */
export async function keepStores(
  files: readonly string[],
  options: { withoutStores: boolean },
  run: () => Promise<void>,
): Promise<void> {
  const kept: string[] = [];
  try {
    for (const file of files) {
      if (!await isDatabase(file)) continue;
      const aside = `${file}.kept`;
      if (await Deno.stat(aside).then(() => true, () => false)) {
        throw new Error(
          `Cannot set the store ${file} aside as ${aside} is there, of a run that was broken off: move it back`,
        );
      }
      for (const part of ["", "-wal"]) await ifThere(() => Deno.rename(`${file}${part}`, `${aside}${part}`));
      kept.push(file);
      if (options.withoutStores) continue;
      for (const part of ["", "-wal"]) {
        await ifThere(() => Deno.copyFile(`${aside}${part}`, `${file}${part}`));
      }
    }
    await run();
  } finally {
    for (const file of kept) {
      for (const part of ["", "-wal", "-shm"]) {
        await ifThere(() => Deno.remove(`${file}${part}`));
        await ifThere(() => Deno.rename(`${file}.kept${part}`, `${file}${part}`));
      }
    }
  }
}

async function ifThere(act: () => Promise<void>): Promise<void> {
  await act().catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
