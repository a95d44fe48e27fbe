import { parse } from "@babel/parser";
import type { Identifier, Node, Program, Statement } from "@babel/types";
import { SourceMap, stripTypeScriptTypes } from "node:module";

/** A cell that cannot be read. Lines and columns count from 1. */
export class CellSyntaxError extends SyntaxError {
  override name = "SyntaxError";

  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
    /** Whether only its end is missing, so that more lines can make it whole. */
    readonly isIncomplete: boolean = false,
  ) {
    super(message);
  }

  /** The error of a part that a cell cannot hold. */
  static at(node: Node, message: string): CellSyntaxError {
    const { line, column } = node.loc!.start;
    return new CellSyntaxError(message, line, column + 1);
  }
}

/** Whether a console may run what was typed, has to wait for more lines, or can only report an error. */
export function isComplete(source: string): "complete" | "incomplete" | "invalid" {
  try {
    parseCell(source);
    return "complete";
  } catch (error) {
    return (error as CellSyntaxError).isIncomplete ? "incomplete" : "invalid";
  }
}

/** Reads a cell as TypeScript; an export may name what an earlier cell declared. */
export function parseCell(source: string): Program {
  return parseText(source, ["typescript", "decorators"]);
}

/** Reads a cell as what runs: without types, and every line where it was. */
export function readCell(source: string): { javascript: string; program: Program } {
  const [text, typed] = readObject(source) ?? [source, parseCell(source)];
  const javascript = withoutTypes(text, typed.body);
  return { javascript, program: parseText(javascript, ["decorators"]) };
}

/** The nodes directly below a node, in the order of the text, each with the name of its place. */
export function* childNodes(node: Node): Generator<[place: string, child: Node]> {
  for (const [place, value] of Object.entries(node)) {
    if (place === "loc" || place === "extra") continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") yield [place, child];
    }
  }
}

/** The names that a declaration's pattern binds. */
export function* boundIdentifiers(pattern: Node | null): Generator<Identifier> {
  switch (pattern?.type) {
    case "Identifier":
      return yield pattern;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        yield* boundIdentifiers(property.type === "RestElement" ? property.argument : property.value);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) yield* boundIdentifiers(element);
      return;
    case "AssignmentPattern":
      return yield* boundIdentifiers(pattern.left);
    case "RestElement":
      return yield* boundIdentifiers(pattern.argument);
  }
}

type Plugins = ("typescript" | "decorators")[];

function parseText(text: string, plugins: Plugins): Program {
  try {
    return parse(text, {
      sourceType: "module",
      allowUndeclaredExports: true,
      attachComment: false,
      plugins,
    }).program;
  } catch (error) {
    const { message, loc, pos, reasonCode } = error as ReturnType<typeof JSON.parse>;
    if (loc === undefined) throw error;
    const isIncomplete = pos >= text.trimEnd().length || /^Unterminated(Template|Comment)/.test(reasonCode);
    const said = String(message).split("\n")[0]!.replace(/ \(\d+:\d+\)$/, "");
    throw new CellSyntaxError(said, loc.line, loc.column + 1, isIncomplete);
  }
}

/** As in Deno's console, `{ a: 1 }` is an object where it can be one, and otherwise a block. */
function readObject(source: string): [text: string, program: Program] | undefined {
  if (!/^\s*\{/.test(source) || /;\s*$/.test(source)) return undefined;
  try {
    const text = `(${source}\n)`;
    return [text, parseCell(text)];
  } catch {
    return undefined;
  }
}

/** Types become spaces. Where they do something (enums, namespaces, parameter properties), their statement is rewritten. */
function withoutTypes(source: string, statements: Statement[]): string {
  try {
    return stripTypeScriptTypes(source, { mode: "strip" });
  } catch {
    let [text, at] = ["", 0];
    for (const statement of statements) {
      text += source.slice(at, statement.start!) + statementWithoutTypes(source, statement);
      at = statement.end!;
    }
    return text + source.slice(at);
  }
}

function statementWithoutTypes(source: string, statement: Statement): string {
  const text = source.slice(statement.start!, statement.end!);
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } catch {
    try {
      const lines = text.split("\n").length;
      const rewritten = linesKept(stripTypeScriptTypes(text, { mode: "transform", sourceMap: true }));
      return rewritten + "\n".repeat(Math.max(0, lines - rewritten.split("\n").length));
    } catch (error) {
      throw CellSyntaxError.at(statement, (error as Error).message.split(" at file:")[0]!);
    }
  }
}

// After these a new line would end the statement.
const endsLine = /^(return|throw|yield|break|continue|async)$/;
const continuesLine = /^(=>|\+\+|--)$/;

/** Puts every token of rewritten code on the line that its source map tells. */
function linesKept(rewritten: string): string {
  const [code, map] = rewritten.split("\n//# sourceMappingURL=data:application/json;base64,") as [
    string,
    string,
  ];
  const places = new SourceMap(JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(map))));
  const { tokens } = parse(code, { sourceType: "module", tokens: true });
  let [text, line, before] = ["", 0, ""];
  for (const { type, start, end, loc } of tokens ?? []) {
    if (typeof type === "string") continue; // A comment.
    const token = code.slice(start, end);
    const entry = places.findEntry(loc.start.line - 1, loc.start.column);
    const missing = "originalLine" in entry ? entry.originalLine - line : 0;
    const newLines = missing > 0 && !endsLine.test(before) && !continuesLine.test(token) ? missing : 0;
    text += (newLines > 0 ? "\n".repeat(newLines) : " ") + token;
    line += newLines + token.split("\n").length - 1;
    before = token;
  }
  return text;
}
