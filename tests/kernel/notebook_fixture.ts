import { type Notebook, type NotebookCell, writeNotebook } from "@understudy/understudy/kernel";

/** A code cell. */
export function codeCell(source: string, id = "code"): NotebookCell {
  return { id, cell_type: "code", source, metadata: {}, execution_count: null, outputs: [] };
}

/** A Markdown cell. */
export function proseCell(source: string, id = "prose"): NotebookCell {
  return { id, cell_type: "markdown", source, metadata: {} };
}

/** A notebook of the given cells; a text is a code cell. */
export function notebookOf(cells: readonly (string | NotebookCell)[]): Notebook {
  return {
    cells: cells.map((cell, place) => typeof cell === "string" ? codeCell(cell, `cell-${place + 1}`) : cell),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** Writes a notebook to a folder below this one, where the toolkit can be imported, and removes it afterwards. */
export async function withNotebook(
  cells: readonly (string | NotebookCell)[],
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: import.meta.dirname!, prefix: "run-" });
  try {
    await writeNotebook(notebookOf(cells), `${folder}/notebook.ipynb`);
    await use(`${folder}/notebook.ipynb`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a process lives: a signal that changes nothing finds it. */
export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
