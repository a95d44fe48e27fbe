import { loadNotebook } from "./ipynb.ts";
import { closeSync, copyFileSync, existsSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";

const literal = /(["'`])([^"'`\\\n$]{1,300})\1/g;

/**
 * The files that a notebook uses, as far as its code names them: modules that it imports and, in these and in its cells,
 * each text in quotation marks that is the relative path of a file. Hidden files and folders are left
 * out, as they hold secrets.
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
      if (found.has(file) || /(^|[\\/])\.(?!\.?[\\/])/.test(relative(folder, file))) continue;
      found.set(file, await Deno.stat(file).then(({ isFile }) => isFile, () => false));
      if (!found.get(file) || !/\.m?[jt]sx?$/.test(file)) continue;
      texts.push({ text: await Deno.readTextFile(file), from: dirname(file) });
    }
  }
  return [...found].filter(([, isFile]) => isFile).map(([file]) => file).sort();
}

function isDatabase(file: string): boolean {
  const opened = openSync(file, "r");
  const start = new Uint8Array(15);
  readSync(opened, start);
  closeSync(opened);
  return new TextDecoder().decode(start) === "SQLite format 3";
}

/**
 * Runs something that may write to stores, which are SQLite files, and leaves them as they were; or runs it without them.
 * A store is set aside as `NAME.kept` while it lasts, so that replies that were paid for survive whatever happens.
 */
export async function keepStores(
  files: readonly string[],
  options: { withoutStores: boolean },
  run: () => Promise<void>,
): Promise<void> {
  // What was written last may stand in a file beside the store.
  const parts = files.filter(isDatabase).flatMap((store) => [store, `${store}-wal`]).filter((part) =>
    existsSync(part)
  );
  const left = parts.find((part) => existsSync(`${part}.kept`));
  if (left !== undefined) {
    throw new Error(
      `Cannot set ${left} aside as ${left}.kept is there, of a run that was broken off: move it back`,
    );
  }
  const aside: string[] = [];
  try {
    for (const part of parts) {
      renameSync(part, `${part}.kept`);
      aside.push(part);
      if (!options.withoutStores) copyFileSync(`${part}.kept`, part);
    }
    await run();
  } finally {
    for (const part of aside) {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${part}${end}`, { force: true });
      renameSync(`${part}.kept`, part);
    }
  }
}
