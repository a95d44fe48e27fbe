import type { MimeBundle } from "../../core/mod.ts";
import type { CellSession } from "../session/cell_session.ts";
import { within } from "../session/inner_kernel.ts";
import { joinCells } from "../notebooks/join_cells.ts";
import { LanguageConnection } from "./language_connection.ts";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** What can stand at the cursor. Places count code points, as Jupyter does. */
export interface CellCompletion {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
}

/** An error of types in a cell, which runs all the same. */
export interface TypeNote {
  line: number;
  column: number;
  code: string;
  message: string;
}

/** What help asks of a session. */
export type HelpedSession = Pick<CellSession, "names" | "sources" | "evaluate" | "workspace"> & {
  options: { folder: string };
};

/** How many completions a menu shows. */
const most = 500;

/** What most cells import from. */
const toolkitName = "@understudy/understudy";

/**
 * Help while a cell is written: what can be completed, what a name is, which types are wrong.
 *
 * `deno lsp` reads the cells that have run and the one at hand as one module of the notebook's folder. Nothing here
 * throws: where the server is not there, not ready or has ended, the names that the session knows are what is known.
 */
export class LanguageServer {
  readonly #session: HelpedSession;
  readonly #document: { uri: string };
  readonly #patienceMs: number;
  #connection: Promise<LanguageConnection> | undefined;
  #version = 0;
  #isClosed = false;

  /** Completions wait `patienceMs` for the server before the known names are shown; the rest waits longer. */
  constructor(session: HelpedSession, patienceMs = 1000) {
    this.#session = session;
    this.#patienceMs = patienceMs;
    this.#document = {
      uri: pathToFileURL(join(resolve(session.options.folder), "understudy-cells.ts")).href,
    };
  }

  /** Starts the server and has it read the toolkit, so that the first answer is there when it is asked for. */
  async warm(): Promise<void> {
    const code = `import * as toolkit from "${toolkitName}";\ntoolkit.`;
    await this.#ask("completion", code, { at: code.length }).catch(() => {});
  }

  /** What can stand at a place of a cell. */
  async complete(code: string, cursor: number): Promise<CellCompletion> {
    const at = toUnits(code, cursor);
    const word = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, at))![0];
    // Where no name is known, there is nothing else to show.
    const patienceMs = this.#session.names.size > 0 ? this.#patienceMs : 4 * this.#patienceMs;
    const [columns, items] = await Promise.all([
      within(this.#patienceMs, this.#columns(code.slice(0, at))),
      within(patienceMs, this.#items(code, at)),
    ]);
    // A path is completed as a whole, where all completions are paths.
    const path = items?.every(({ textEdit }) => textEdit) ? items[0]?.textEdit?.range : undefined;
    const lineStart = code.lastIndexOf("\n", at - 1) + 1;
    const [start, end] = path
      ? [lineStart + path.start.character, lineStart + path.end.character]
      : [at - word.length, at];
    const written = code.slice(start, at).toLowerCase();
    const texts = items?.filter(({ textEdit }) => path || !textEdit)
      .map(({ textEdit, insertText, label }) =>
        textEdit?.newText ?? (insertText ?? label).replace(/^\??\./, "")
      );
    const matches = [...columns ?? [], ...texts ?? this.#session.names]
      .filter((text) => text.toLowerCase().startsWith(written));
    return {
      matches: [...new Set(matches)].slice(0, most),
      cursor_start: toPoints(code, start),
      cursor_end: toPoints(code, end),
    };
  }

  /** The signature and the documentation of what stands at a place of a cell, or of the function that is called there. */
  async inspect(
    code: string,
    cursor: number,
  ): Promise<{ found: boolean; data: MimeBundle; metadata: MimeBundle }> {
    const at = toUnits(code, cursor);
    for (const place of [at, at - 1, calledBefore(code, at)]) {
      if (place < 0) continue;
      const hover = await within(4 * this.#patienceMs, this.#ask("hover", code, { at: place }));
      const text: string = hover?.answer?.contents?.value ?? "";
      if (text === "") continue;
      const plain = text.replace(/^```\w*\n?/gm, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
      return { found: true, data: { "text/markdown": text, "text/plain": plain }, metadata: {} };
    }
    return { found: false, data: {}, metadata: {} };
  }

  /** The errors of types in a cell after those before it, the cells that have run; none where the server does not know in time. */
  async diagnose(code: string, before = this.#session.sources): Promise<TypeNote[]> {
    // Nobody waits for them.
    const asked = await within(30 * this.#patienceMs, this.#ask("diagnostic", code, { before }));
    return (asked?.answer?.items ?? []).flatMap(({ severity, source, code, message, range }: Answer) => {
      const origin = asked!.origins[range.start.line];
      // What is not downloaded yet will be when the cell runs.
      if (severity !== 1 || source !== "deno-ts" || origin?.cell !== asked!.last) return [];
      return [{ line: origin.line + 1, column: range.start.character + 1, code: `TS${code}`, message }];
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#connection?.catch(() => undefined))?.close();
  }

  async #items(code: string, at: number): Promise<Item[] | undefined> {
    const { answer } = await this.#ask("completion", code, { at });
    const items: Item[] | undefined = Array.isArray(answer) ? answer : answer?.items;
    return items?.sort((a, b) =>
      (a.sortText ?? "").localeCompare(b.sortText ?? "") || a.label.localeCompare(b.label)
    );
  }

  /** Inside of a text: the columns of the tables, and the arms and items of the designs, that are named before it. */
  async #columns(before: string): Promise<string[]> {
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (!/^(?:[^"'`]|"[^"]*"|'[^']*'|`[^`]*`)*["'`][^"'`]*$/.test(line)) return [];
    const words = before.slice(-400).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
    const names = [...new Set(words)].filter((word) => this.#session.names.has(word));
    if (names.length === 0) return [];
    const answer = await this.#session.evaluate(`(${wordsOf})([${names}])`);
    return "data" in answer ? answer.data["application/json"] as string[] ?? [] : [];
  }

  /** Gives the server the cells before one with that one at their end, and asks before anything else can be given. */
  async #ask(
    what: "completion" | "hover" | "diagnostic",
    code: string,
    { at, before = this.#session.sources }: { at?: number; before?: readonly string[] },
  ) {
    const connection = await (this.#connection ??= this.#start());
    const sources = [...before.filter((source, at) => before.indexOf(source, at + 1) < 0), code];
    const { text, origins } = joinCells(sources);
    const last = sources.length - 1;
    const textDocument = { ...this.#document, version: ++this.#version };
    connection.notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    const written = code.slice(0, at).split("\n");
    const character = written.at(-1)!.length;
    const places = [...origins.keys()].filter((place) =>
      origins[place]?.cell === last && origins[place].line === written.length - 1
    );
    // An import stands ahead of the cells, with nothing left in its place.
    const lines = text.split("\n");
    const line = places.find((place) => lines[place]!.slice(0, character).trim() !== "") ?? places.at(-1);
    const position = at === undefined ? {} : { position: { line, character } };
    const params = { textDocument: this.#document, ...position };
    return { answer: await connection.request(`textDocument/${what}`, params), origins, last };
  }

  async #start(): Promise<LanguageConnection> {
    if (this.#isClosed) throw new Error("help is closed");
    const folder = resolve(this.#session.options.folder);
    const { workspace } = this.#session;
    const config = resolve(workspace.folder) === folder ? null : join(workspace.folder, "deno.json");
    const suggest = {
      completeFunctionCalls: false,
      autoImports: false,
      imports: { autoDiscover: false, hosts: {} },
    };
    const settings = { enable: true, lint: false, documentPreloadLimit: 0, config, suggest };
    const connection = new LanguageConnection(settings);
    // The next question starts another one.
    void connection.ended.then(() => this.#connection = undefined);
    const rootUri = pathToFileURL(folder).href;
    await connection.request("initialize", {
      processId: Deno.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "cells" }],
      capabilities: {
        workspace: { configuration: true },
        // Errors of types are told where they are asked for, not after every key.
        textDocument: { hover: { contentFormat: ["markdown"] }, diagnostic: {} },
      },
      initializationOptions: settings,
    });
    connection.notify("initialized", {});
    const textDocument = { ...this.#document, languageId: "typescript", version: 0, text: "" };
    connection.notify("textDocument/didOpen", { textDocument });
    return connection;
  }
}

/** The fields of an answer of the server. */
type Answer = ReturnType<typeof JSON.parse>;

/** A completion of the server. */
interface Item {
  label: string;
  sortText?: string;
  insertText?: string;
  textEdit?: { newText: string; range: { start: { character: number }; end: { character: number } } };
}

/** Runs in the session: the words that the texts of a study name. */
function wordsOf(values: Answer[]): object {
  const words = values.flatMap((value) => [
    ...typeof value?.columnNames === "function" ? value.columnNames() : [],
    ...Object.keys(value?.probabilities ?? {}),
    ...[value?.items ?? value].flat().map((item) => item?.name),
  ]).filter((word) => typeof word === "string");
  return { [Symbol.for("Jupyter.display")]: () => ({ "application/json": words }) };
}

/** The place before the innermost parenthesis that is still open; -1 where there is none. */
function calledBefore(code: string, at: number): number {
  let open = 0;
  for (let place = at - 1; place >= 0; place--) {
    if (code[place] === ")") open++;
    else if (code[place] === "(" && open-- === 0) return place - 1;
  }
  return -1;
}

function toUnits(text: string, points: number): number {
  return [...text].slice(0, points).join("").length;
}

function toPoints(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
