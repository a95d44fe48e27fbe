import { parse } from "@babel/parser";
import type * as Babel from "@babel/types";

/** A cell that cannot be read. Lines and columns count from 1. */
export class CellSyntaxError extends SyntaxError {
  override name = "SyntaxError";

  readonly line: number;
  readonly column: number;

  /** @param isIncomplete whether only its end is missing, so that more lines can make it whole */
  constructor(message: string, start: { line: number; column: number }, readonly isIncomplete = false) {
    super(message);
    this.line = start.line;
    this.column = start.column + 1;
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
export function parseCell(source: string): Babel.Program {
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
    throw new CellSyntaxError(said, loc, isIncomplete);
  }
}

type Parts = Babel.Node | (Babel.Node | null)[];

/** The names that a declaration's pattern binds. */
export function boundIdentifiers(pattern: Babel.Node): Babel.Identifier[] {
  if (pattern.type === "Identifier") return [pattern];
  const { properties, elements, value, left, argument } = pattern as unknown as { [place: string]: Parts };
  return [properties, elements, value, left, argument].flat().flatMap((part) =>
    part ? boundIdentifiers(part) : []
  );
}

/** Spaces and line ends in place of a text, so that what follows stays at its line and column. */
export function blanked(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}
