import { parse } from "@babel/parser";
import type { Identifier, Node, Program } from "@babel/types";

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
  try {
    return parse(source, {
      sourceType: "module",
      allowUndeclaredExports: true,
      attachComment: false,
      createParenthesizedExpressions: true,
      plugins: ["typescript"],
    }).program;
  } catch (error) {
    const { message, loc, pos, reasonCode } = error as ReturnType<typeof JSON.parse>;
    if (loc === undefined) throw error;
    const isIncomplete = pos >= source.trimEnd().length || /^Unterminated(Template|Comment)/.test(reasonCode);
    const said = String(message).split("\n")[0]!.replace(/ \(\d+:\d+\)$/, "");
    throw new CellSyntaxError(said, loc.line, loc.column + 1, isIncomplete);
  }
}

/** The names that a declaration's pattern binds. */
export function boundIdentifiers(pattern: Node | null): Identifier[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap(boundIdentifiers);
    case "ObjectProperty":
      return boundIdentifiers(pattern.value);
    case "ArrayPattern":
      return pattern.elements.flatMap(boundIdentifiers);
    case "AssignmentPattern":
      return boundIdentifiers(pattern.left);
    case "RestElement":
      return boundIdentifiers(pattern.argument);
    default:
      return [];
  }
}

/** Spaces and line ends in place of a text, so that what follows stays at its line and column. */
export function blanked(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}
