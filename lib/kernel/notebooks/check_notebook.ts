import { type Table, tableOfRows, visibleText } from "../../core/mod.ts";
import { joinCells } from "./join_cells.ts";
import { type CellSyntaxError, parseCell } from "../session/parse_cell.ts";
import { openWorkspace } from "../session/workspace.ts";
import { loadNotebook } from "./ipynb.ts";
import { randomUUID } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Something that is wrong in a notebook before it runs. */
interface CheckMessage {
  cell: number;
  line: number;
  column: number;
  code: string;
  message: string;
  source: string;
}

/**
 * Checks the types of a notebook's code without running it.
 *
 * The cells are joined in their order to one module, in which each sees a name as it was when the cell would run, and
 * `deno check` reads it with the notebook's own configuration. A kernel runs cells whatever their types are, so this
 * finds at once what a run may find after an hour.
 *
 * @param path the `.ipynb` file
 * @returns one row per message, none where all is well: `cell` (place among all cells, from 1), `line` and `column` in it,
 * `code` (such as `TS2345`, or `syntax`), `message`, and `source`, the line of code
 * @throws {TypeError} if the file holds no notebook
 * @throws {Error} if Deno finds fault with something else, such as a module that the notebook imports
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * const cell = { id: "a", cell_type: "code" as const, source: "const n: number = 'six';", metadata: {} };
 * await writeNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * assertEquals((await checkNotebook(path)).get("code", 0), "TS2322");
 * await Deno.remove(path);
 * ```
 */
export async function checkNotebook(path: string): Promise<Table> {
  const { cells } = await loadNotebook(path);
  const code = cells.flatMap(({ cell_type, source }, at) =>
    cell_type === "code" ? [{ number: at + 1, source }] : []
  );
  const unread = code.flatMap(syntaxMessage);
  const read = code.filter(({ number }) => unread.every(({ cell }) => cell !== number));
  const { text, origins } = joinCells(read.map(({ source }) => source));
  const messages = (await denoCheck(text, dirname(resolve(path)))).flatMap((message): CheckMessage[] => {
    const origin = origins[message.line - 1];
    if (origin === undefined) return [];
    const { number, source } = read[origin.cell]!;
    const line = origin.line + 1;
    return [{ ...message, cell: number, line, source: lineOf(source, line) }];
  });
  const inOrder = [...unread, ...messages].sort((a, b) => a.cell - b.cell || a.line - b.line);
  return tableOfRows(inOrder, ["cell", "line", "column", "code", "message", "source"]);
}

function syntaxMessage({ number, source }: { number: number; source: string }): CheckMessage[] {
  try {
    parseCell(source);
    return [];
  } catch (error) {
    const { line, column, message } = error as CellSyntaxError;
    return [{ cell: number, line, column, code: "syntax", message, source: lineOf(source, line) }];
  }
}

function lineOf(source: string, line: number): string {
  return source.split("\n")[line - 1]?.trim() ?? "";
}

/** What `deno check` says of a module in a folder. */
async function denoCheck(text: string, folder: string) {
  const workspace = await openWorkspace(folder);
  const file = join(folder, `.understudy-check-${randomUUID()}.ts`);
  try {
    await Deno.writeTextFile(file, text);
    const config = workspace.folder === folder ? [] : ["--config", join(workspace.folder, "deno.json")];
    const args = ["check", "--quiet", ...config, file];
    const options = { args, cwd: folder, env: { NO_COLOR: "1" } };
    const { success, stderr } = await new Deno.Command(Deno.execPath(), options).output();
    const said = visibleText(new TextDecoder().decode(stderr));
    const messages = readMessages(said, pathToFileURL(file).href);
    if (!success && messages.length === 0) throw new Error(`Cannot check the notebook: ${said.trim()}`);
    return messages;
  } finally {
    await Deno.remove(file).catch(() => {});
    await workspace.close();
  }
}

function readMessages(said: string, own: string) {
  return said.split(/^(?=TS\d+ \[ERROR\]: )/m).flatMap((block) => {
    const found = /^(TS\d+) \[ERROR\]: ([\s\S]*?)\n {4}at (\S+):(\d+):(\d+)$/m.exec(block);
    const [code, text, place, line, column] = (found ?? []).slice(1) as [
      string,
      string,
      string,
      string,
      string,
    ];
    if (place !== own) return [];
    // Below the message stand the line of code and a mark.
    const message = text.replace(/\n.*\n *[~^]+$/, "");
    return [{ line: Number(line), column: Number(column), code, message }];
  });
}
