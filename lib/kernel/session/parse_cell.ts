import { parse, type ParseResult } from "@babel/parser";
import type { Identifier, Node, Program, Statement, TSParameterProperty } from "@babel/types";
import { stripTypeScriptTypes } from "node:module";
import { EditedText } from "./edited_text.ts";

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
  return parseText(source, typed).program;
}

/** Reads a cell as what runs: without types, and every line where it was. */
export function readCell(source: string): { javascript: string; program: Program } {
  const [text, parsed] = readObject(source) ?? [source, parseText(source, typed)];
  const javascript = withoutTypes(text, parsed);
  return { javascript, program: parseText(javascript, ["decorators"]).program };
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

const typed: Plugins = ["typescript", "decorators"];

function parseText(text: string, plugins: Plugins): ParseResult {
  try {
    return parse(text, {
      sourceType: "module",
      allowUndeclaredExports: true,
      attachComment: false,
      plugins,
    });
  } catch (error) {
    const { message, loc, pos, reasonCode } = error as ReturnType<typeof JSON.parse>;
    if (loc === undefined) throw error;
    const isIncomplete = pos >= text.trimEnd().length || /^Unterminated(Template|Comment)/.test(reasonCode);
    const said = String(message).split("\n")[0]!.replace(/ \(\d+:\d+\)$/, "");
    throw new CellSyntaxError(said, loc.line, loc.column + 1, isIncomplete);
  }
}

/** As in Deno's console, `{ a: 1 }` is an object where it can be one, and otherwise a block. */
function readObject(source: string): [text: string, parsed: ParseResult] | undefined {
  if (!/^\s*\{/.test(source) || /;\s*$/.test(source)) return undefined;
  try {
    const text = `(${source}\n)`;
    return [text, parseText(text, typed)];
  } catch {
    return undefined;
  }
}

/** Types become spaces. A statement in which they do something, such as an enumeration, is rewritten on its first line. */
function withoutTypes(source: string, { program, comments }: ParseResult): string {
  try {
    return stripTypeScriptTypes(source, { mode: "strip" });
  } catch {
    const edited = new EditedText(source);
    for (const { start, end } of comments ?? []) edited.blank(start!, end!);
    assignParameters(program, edited);
    let [text, at] = ["", 0];
    for (const statement of program.body) {
      text += edited.slice(at, statement.start!);
      at = statement.end!;
      text += statementWithoutTypes(edited.slice(statement.start!, at), statement);
    }
    return text + edited.slice(at, source.length);
  }
}

/** `constructor(private x: number) {` becomes `constructor(x: number) {;this.x=x;`, in place. */
function assignParameters(node: Node, text: EditedText): void {
  if (node.type === "ClassMethod" && node.kind === "constructor") {
    const properties = node.params.filter(({ type }) =>
      type === "TSParameterProperty"
    ) as TSParameterProperty[];
    const names = properties.flatMap(({ parameter }) => [...boundIdentifiers(parameter)]);
    for (const { start, parameter } of properties) text.blank(start!, parameter.start!);
    const superCall = node.body.body.find(({ start }) => text.original.startsWith("super(", start!));
    const place = superCall?.end ?? node.body.start! + 1;
    text.close(place, `;${names.map(({ name }) => `this.${name}=${name};`).join("")}`);
  }
  for (const [, child] of childNodes(node)) assignParameters(child, text);
}

function statementWithoutTypes(text: string, statement: Statement): string {
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } catch {
    try {
      // A constant enumeration would be written into its uses, which later cells are not among.
      const kept = text.replace(/\bconst(?=\s+enum\b)/, "     ");
      const rewritten = stripTypeScriptTypes(kept, { mode: "transform" }).trim();
      // The lines of a template are its text.
      const line = rewritten.replace(/`(?:[^`\\]|\\.)*`|\n/gs, (found) => found === "\n" ? " " : found);
      return line + "\n".repeat(Math.max(0, text.split("\n").length - line.split("\n").length));
    } catch (error) {
      throw CellSyntaxError.at(
        statement,
        (error as Error).message.replace(/^\[\w+\] | at file:.*|\n.*/gs, ""),
      );
    }
  }
}
