import type { MimeBundle } from "../../core/mod.ts";
import { joinCells } from "../notebooks/join_cells.ts";
import type { CellSession } from "../session/cell_session.ts";
import { within } from "../session/inner_kernel.ts";
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { MessageConnection } from "vscode-jsonrpc/node";

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

type HelpedSession = Pick<CellSession, "names" | "sources" | "evaluate" | "workspace" | "options">;

/**
 * Help while a cell is written: what can be completed, what a name is, which types are wrong.
 *
 * `deno lsp` reads the cells that have run and the one at hand as one module of the notebook's folder. Nothing here
 * throws: where the server is not there, not ready or has ended, the names that the session knows are what is known.
 */
export class LanguageServer {
  readonly #document: { uri: string };
  #connection: Promise<MessageConnection> | undefined;
  #version = 0;
  #isClosed = false;

  /** Completions wait `patienceMs` for the server before the known names are shown; the rest waits longer. */
  constructor(readonly session: HelpedSession, readonly patienceMs = 1000) {
    const file = join(resolve(session.options.folder), "understudy-cells.ts");
    this.#document = { uri: pathToFileURL(file).href };
  }

  /** Starts the server and has it read the toolkit, so that the first answer is there when it is asked for. */
  async warm(): Promise<void> {
    const toolkit = "@understudy/understudy";
    const code = `import * as toolkit from "${toolkit}";\ntoolkit.`;
    await this.#ask("completion", code, { at: code.length }).catch(() => {});
  }

  /** What can stand at a place of a cell. */
  async complete(code: string, cursor: number): Promise<CellCompletion> {
    const before = textBefore(code, cursor);
    const [columns, items] = await Promise.all([
      within(this.patienceMs, this.#columns(before)),
      within(this.patienceMs, this.#items(code, before.length)),
    ]);
    // A path is completed as a whole, where all completions are paths; else a word is.
    const path = items?.every(({ textEdit }) => textEdit) ? items[0]?.textEdit : undefined;
    const start = path
      ? before.lastIndexOf("\n") + 1 + path.range.start.character
      : before.search(/[\p{ID_Continue}$]*$/u);
    const texts = items?.map(({ textEdit, insertText, label }) =>
      path ? textEdit!.newText : (insertText ?? label).replace(/^\??\./, "")
    );
    const written = before.slice(start).toLowerCase();
    const matches = [...columns ?? [], ...texts ?? this.session.names]
      .filter((text) => text.toLowerCase().startsWith(written));
    return {
      // A menu shows so many.
      matches: [...new Set(matches)].slice(0, 500),
      cursor_start: [...before.slice(0, start)].length,
      cursor_end: cursor,
    };
  }

  /** The signature and the documentation of what stands at a place of a cell, or of the function that is called there. */
  async inspect(
    code: string,
    cursor: number,
  ): Promise<{ found: boolean; data: MimeBundle; metadata: MimeBundle }> {
    const at = textBefore(code, cursor).length;
    for (const place of [at, at - 1, calledBefore(code, at)]) {
      if (place < 0) continue;
      const hover = await within(4 * this.patienceMs, this.#ask("hover", code, { at: place }));
      const text: string = hover?.answer?.contents?.value ?? "";
      if (text === "") continue;
      const plain = text.replace(/^```\w*\n?/gm, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
      return { found: true, data: { "text/markdown": text, "text/plain": plain }, metadata: {} };
    }
    return { found: false, data: {}, metadata: {} };
  }

  /** The errors of types in a cell after those before it, the cells that have run; none where the server does not know in time. */
  async diagnose(code: string, before = this.session.sources): Promise<TypeNote[]> {
    // Nobody waits for them.
    const asked = await within(30 * this.patienceMs, this.#ask("diagnostic", code, { before }));
    return (asked?.answer?.items ?? []).flatMap(({ severity, source, code, message, range }: Answer) => {
      const origin = asked!.origins[range.start.line];
      // What is not downloaded yet will be when the cell runs.
      if (severity !== 1 || source !== "deno-ts" || origin?.cell !== asked!.last) return [];
      return [{ line: origin.line + 1, column: range.start.character + 1, code: `TS${code}`, message }];
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#connection?.catch(() => undefined))?.dispose();
  }

  async #items(code: string, at: number): Promise<Item[] | undefined> {
    const { answer } = await this.#ask("completion", code, { at });
    const items: Item[] | undefined = answer?.items;
    const place = ({ sortText, label }: Item) => `${sortText} ${label}`;
    return items?.sort((a, b) => place(a).localeCompare(place(b)));
  }

  /** Inside of a text: the columns of the tables, and the arms and items of the designs, that are named before it. */
  async #columns(before: string): Promise<string[]> {
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (!/^(?:[^"'`]|"[^"]*"|'[^']*'|`[^`]*`)*["'`][^"'`]*$/.test(line)) return [];
    const words = before.slice(-400).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
    const names = [...new Set(words)].filter((word) => this.session.names.has(word));
    if (names.length === 0) return [];
    const answer = await this.session.evaluate(`(${wordsOf})([${names}])`);
    return "data" in answer ? answer.data["application/json"] as string[] ?? [] : [];
  }

  /** Gives the server the cells before one with that one at their end, and asks before anything else can be given. */
  async #ask(
    what: "completion" | "hover" | "diagnostic",
    code: string,
    { at, before = this.session.sources }: { at?: number; before?: readonly string[] },
  ) {
    const connection = await (this.#connection ??= this.#start());
    const sources = [...before.filter((source, at) => before.indexOf(source, at + 1) < 0), code];
    const { text, origins } = joinCells(sources);
    const last = sources.length - 1;
    const textDocument = { ...this.#document, version: ++this.#version };
    const change = { textDocument, contentChanges: [{ text }] };
    // Where it cannot be sent, the question cannot either.
    connection.sendNotification("textDocument/didChange", change).catch(() => {});
    const written = code.slice(0, at).split("\n");
    // Of an import, which leaves an empty line in its place, the first place is the one ahead of the cells.
    const line = origins.findIndex((origin) => origin?.cell === last && origin.line === written.length - 1);
    const position = { line, character: written.at(-1)!.length };
    const params = { textDocument: this.#document, ...at !== undefined && { position } };
    const answer: Answer = await connection.sendRequest(`textDocument/${what}`, params);
    return { answer, origins, last };
  }

  async #start(): Promise<MessageConnection> {
    if (this.#isClosed) throw new Error("help is closed");
    const folder = resolve(this.session.options.folder);
    const { workspace } = this.session;
    const suggest = { autoImports: false, imports: { autoDiscover: false, hosts: {} } };
    const config = resolve(workspace.folder) === folder ? null : join(workspace.folder, "deno.json");
    const settings = { enable: true, lint: false, documentPreloadLimit: 0, config, suggest };
    // Loaded here, since most kernels that programs start need no help.
    const rpc = await import("vscode-jsonrpc/node");
    const server = spawn(Deno.execPath(), ["lsp", "--quiet"], { stdio: ["pipe", "pipe", "ignore"] });
    const connection = rpc.createMessageConnection(
      new rpc.StreamMessageReader(server.stdout!),
      new rpc.StreamMessageWriter(server.stdin!),
    );
    connection.onDispose(() => server.kill("SIGKILL"));
    connection.onClose(() => {
      connection.dispose();
      // The next question starts another one.
      this.#connection = undefined;
    });
    connection.onRequest("workspace/configuration", ({ items }: Answer) => items.map(() => settings));
    connection.listen();
    const rootUri = pathToFileURL(folder).href;
    await connection.sendRequest("initialize", {
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
    await connection.sendNotification("initialized", {});
    const textDocument = { ...this.#document, languageId: "typescript", version: 0, text: "" };
    await connection.sendNotification("textDocument/didOpen", { textDocument });
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
  textEdit?: { newText: string; range: { start: { character: number } } };
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

function textBefore(code: string, cursor: number): string {
  return [...code].slice(0, cursor).join("");
}
