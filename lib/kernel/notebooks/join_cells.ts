import type { ImportDeclaration, Program, Statement } from "@babel/types";
import { blanked, boundIdentifiers, parseCell } from "../session/parse_cell.ts";
import MagicString from "magic-string";

/** The cells of a notebook as one module. */
export interface JoinedCells {
  text: string;
  /** For each line of the text, the cell and the line of it, counted from 0; `undefined` for what stands between cells. */
  origins: ({ cell: number; line: number } | undefined)[];
}

/**
 * Joins cells to one module that means what they mean one after another, for the types of names.
 *
 * Imports come first. A cell that declares a name again opens a block, in which the cells after it stand too: each cell
 * sees the name as it was when the cell ran. Columns stay. A cell that cannot be read is left out unless it is the
 * last one.
 *
 * @param sources the code cells, in the order in which they run
 * @returns the module and where its lines come from
 */
export function joinCells(sources: readonly string[]): JoinedCells {
  const imports = new Lines();
  const body = new Lines();
  const imported = new Set<string>();
  let scope = imported;
  let blocks = 0;
  imports.add("export {};");
  for (const [cell, source] of sources.entries()) {
    const program = tryParse(source);
    if (program === undefined) {
      if (cell < sources.length - 1) continue;
      // An import that is being written stands in no block.
      if (/^\s*import\b/m.test(source)) body.add(`;${"}".repeat(blocks)}`), blocks = 0;
      body.add(source, { cell, line: 0 });
      continue;
    }
    const names = new Set(program.body.flatMap(declaredNames));
    if (!names.isDisjointFrom(scope)) {
      body.add(";{");
      blocks++;
      scope = new Set();
    }
    for (const name of names) scope.add(name);
    const text = new MagicString(source);
    for (const statement of program.body) {
      if (statement.type === "ImportDeclaration") {
        moveImport(statement, { text, imports, imported, cell });
      } else declareInBlock(statement, text);
    }
    body.add(text.toString(), { cell, line: 0 });
    body.add(";");
  }
  body.add("}".repeat(blocks));
  return {
    text: [...imports.texts, ...body.texts].join("\n"),
    origins: [...imports.origins, ...body.origins],
  };
}

/** The names that a statement of a cell's top declares, imports apart. */
function declaredNames(statement: Statement): string[] {
  const declaration = "declaration" in statement ? statement.declaration : statement;
  if (declaration?.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => boundIdentifiers(id).map(({ name }) => name));
  }
  const id = declaration && "id" in declaration ? declaration.id : undefined;
  return id?.type === "Identifier" ? [id.name] : [];
}

class Lines {
  readonly texts: string[] = [];
  readonly origins: JoinedCells["origins"] = [];

  add(text: string, origin?: { cell: number; line: number }): void {
    for (const [at, line] of text.split("\n").entries()) {
      this.texts.push(line);
      this.origins.push(origin && { cell: origin.cell, line: origin.line + at });
    }
  }
}

function tryParse(source: string): Program | undefined {
  try {
    return parseCell(source);
  } catch {
    return undefined;
  }
}

function moveImport(
  { specifiers, start, end, loc }: ImportDeclaration,
  { text, imports, imported, cell }: {
    text: MagicString;
    imports: Lines;
    imported: Set<string>;
    cell: number;
  },
): void {
  const again = specifiers.filter(({ local }) => imported.has(local.name));
  for (const { local } of specifiers) imported.add(local.name);
  for (const specifier of again) {
    const comma = /^\s*,/.exec(text.original.slice(specifier.end!))?.[0].length ?? 0;
    blank(text, specifier.start!, specifier.end! + comma);
  }
  const { line, column } = loc!.start;
  const isNew = specifiers.length === 0 || again.length < specifiers.length;
  if (isNew) imports.add(" ".repeat(column) + text.slice(start!, end!), { cell, line: line - 1 });
  blank(text, start!, end!);
}

/** What a block cannot hold becomes what it can. */
function declareInBlock(statement: Statement, text: MagicString): void {
  if (/^Export/.test(statement.type)) {
    const declaration = "declaration" in statement ? statement.declaration : undefined;
    blank(text, statement.start!, declaration?.start ?? statement.end!);
    if (declaration) declareInBlock(declaration as Statement, text);
  } else if (statement.type === "VariableDeclaration" && statement.kind === "var") {
    text.update(statement.start!, statement.start! + "var".length, "let");
  }
}

function blank(text: MagicString, start: number, end: number): void {
  text.overwrite(start, end, blanked(text.original.slice(start, end)));
}
