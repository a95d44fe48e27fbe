import type {
  FunctionDeclaration,
  Identifier,
  ImportDeclaration,
  Node,
  Program,
  RegExpLiteral,
  Statement,
  VariableDeclaration,
} from "@babel/types";
import { blanked, EditedText } from "./edited_text.ts";
import { boundIdentifiers, CellSyntaxError, childNodes, readCell } from "./parse_cell.ts";

/** The one global object that a transformed cell calls: it has `wait`, `iterate` and `importModule`. */
export const runtimeName = "__understudy";

/** Where the value of a cell is kept until its end. */
const valueName = `${runtimeName}Value`;

/** Options of {@linkcode transformCell}. */
export interface TransformCellOptions {
  /** The number that traces show. */
  number: number;
  /** Gives the specifier to import in place of one that is written in the cell. */
  resolve: (specifier: string) => string;
}

/** A cell as scripts that return at once. */
export interface TransformedCell {
  /** What the cell declares: to be declared with `let` before the scripts run, where that has not happened. */
  names: string[];
  /** A script that assigns the cell's functions, so that they can be called before their line; empty without any. */
  functions: string;
  /** A script that gives a promise of `{ value }`: in an object, since a promise that is the value is not awaited. */
  body: string;
}

/**
 * Turns a cell into a function that runs in the background, so that the session stays free to hear of a stop.
 *
 * What the cell declares at its top becomes an assignment to a variable of the session: later cells see it and may
 * declare it again, and a cell that fails leaves the old value. Every `await` goes through the runtime, which ends it
 * when the cell is stopped. Lines stay where they were.
 *
 * @param source the cell, TypeScript
 * @param options see {@linkcode TransformCellOptions}
 * @returns the names to declare and two scripts
 * @throws {CellSyntaxError} where the cell cannot be read, with the place
 */
export function transformCell(source: string, { number, resolve }: TransformCellOptions): TransformedCell {
  const { names, functions, body } = editCell(source, resolve);
  const name = `\n//# sourceURL=cell-${number}.ts`;
  return {
    names,
    functions: functions === "" ? "" : `"use strict";${functions}${name}`,
    body: `(async()=>{"use strict";let ${valueName};${body}\nreturn {value:${valueName}}})()${name}`,
  };
}

function editCell(source: string, resolve: TransformCellOptions["resolve"]): TransformedCell {
  try {
    const { javascript, program } = readCell(source);
    const cell = new CellEdits(javascript, resolve);
    cell.edit(program);
    const [functions, body] = cell.split();
    return { names: [...cell.names], functions, body };
  } catch (error) {
    if (error instanceof RangeError) throw new CellSyntaxError("The cell is nested too deeply", 1, 1);
    throw error;
  }
}

/** Where a node stands. */
interface Surroundings {
  parent: Node;
  /** The name of its place in the parent. */
  place: string;
  inFunction: boolean;
  /** Whether an expression here can be the value of the cell. */
  givesValue: boolean;
}

const isFunction = /^(Function|ArrowFunction|ObjectMethod|Class\w*(Method|Property)|StaticBlock)/;
const takesValue = /^(If|Labeled|For\w*|While|DoWhile|Try|Switch)Statement$/;
const givesNoValue = /^(Function|Class|Variable|Import|ExportNamed|ExportAll)|^EmptyStatement$/;

class CellEdits {
  readonly names = new Set<string>();
  readonly #functions: FunctionDeclaration[] = [];
  readonly #text: EditedText;
  readonly #resolve: (specifier: string) => string;

  constructor(javascript: string, resolve: (specifier: string) => string) {
    this.#text = new EditedText(javascript);
    this.#resolve = resolve;
  }

  edit(program: Program): void {
    const value = program.body.findLast((statement) => !givesNoValue.test(statement.type));
    for (const statement of program.body) {
      const surroundings = { parent: program, place: "body", inFunction: false };
      this.#editStatement(statement, { ...surroundings, givesValue: statement === value });
    }
    // A text alone reads as a directive.
    const text = value === undefined ? program.directives.at(-1)?.value : undefined;
    if (text !== undefined) this.#keepValue(text.start!, text.end!);
  }

  /** The functions and the rest, each with spaces where the other stands. */
  split(): [functions: string, body: string] {
    const { original } = this.#text;
    let [functions, body, at] = ["", "", 0];
    for (const { start, end } of this.#functions) {
      functions += `${blanked(original.slice(at, start!))}${this.#text.slice(start!, end!)};`;
      body += `${this.#text.slice(at, start!)};${blanked(original.slice(start!, end!)).slice(1)}`;
      at = end!;
    }
    return [functions, body + this.#text.slice(at, original.length)];
  }

  #editStatement(statement: Statement, surroundings: Surroundings): void {
    switch (statement.type) {
      case "ImportDeclaration":
        return this.#editImport(statement);
      case "ExportAllDeclaration":
        return this.#drop(statement.start!, statement.end!);
      case "ExportNamedDeclaration": {
        if (!statement.declaration) return this.#drop(statement.start!, statement.end!);
        this.#text.blank(statement.start!, statement.declaration.start!);
        return this.#editStatement(statement.declaration, surroundings);
      }
      case "ExportDefaultDeclaration": {
        const { declaration, start, end } = statement;
        const head = /^export\s+default/.exec(this.#text.original.slice(start!, end!))![0].length;
        this.#drop(start!, start! + head);
        if (/^(Function|Class)Declaration$/.test(declaration.type) && "id" in declaration && declaration.id) {
          return this.#editStatement(declaration as Statement, surroundings);
        }
        this.#keepValue(start! + head, end!);
        return this.#walk(declaration, surroundings);
      }
      case "FunctionDeclaration":
        this.#editFunction(statement);
        break;
      case "ClassDeclaration":
        this.#declare(statement.id!);
        this.#text.open(statement.start!, `;${statement.id!.name}=`);
        this.#text.close(statement.end!, ";");
        break;
      case "VariableDeclaration":
        // What is disposed of at the end of its block ends with its cell.
        if (!statement.kind.endsWith("using")) this.#assign(statement, surroundings);
    }
    this.#walk(statement, surroundings);
  }

  #walk(node: Node, surroundings: Surroundings): void {
    this.#editNode(node, surroundings);
    const inFunction = surroundings.inFunction || isFunction.test(node.type);
    for (const [place, child] of childNodes(node)) {
      const givesValue = surroundings.givesValue && !inFunction && place !== "finalizer";
      this.#walk(child, { parent: node, place, inFunction, givesValue });
    }
  }

  #editNode(node: Node, surroundings: Surroundings): void {
    const { parent, givesValue } = surroundings;
    // A branch or loop inside that gives nothing takes the value away.
    if (givesValue && /^(BlockStatement|SwitchCase)$/.test(parent.type) && takesValue.test(node.type)) {
      this.#text.open(node.start!, `${valueName}=void 0;`);
    }
    switch (node.type) {
      case "AwaitExpression":
        return this.#call("wait", node.argument, node);
      case "ForOfStatement":
        if (node.await) this.#call("iterate", node.right, node);
        return;
      case "ImportExpression": {
        this.#text.replace(node.start!, node.start! + "import".length, `${runtimeName}.importModule`);
        const { type, start, end } = node.source;
        if (type === "StringLiteral") this.#text.replace(start!, end!, this.#specifier(node.source.value));
        return;
      }
      case "ExpressionStatement":
        if (givesValue) this.#keepValue(node.start!, node.end!);
        return;
      case "VariableDeclaration": {
        const isTop = parent.type === "Program";
        if (node.kind === "var" && !isTop && !surroundings.inFunction) this.#assign(node, surroundings);
        return;
      }
      case "RegExpLiteral":
        return checkPattern(node);
      case "Decorator":
        throw CellSyntaxError.at(node, "Cannot use decorators in a cell: define the class in a module");
      case "MetaProperty":
        if (node.meta.name !== "import") return;
        throw CellSyntaxError.at(node, "Cannot use 'import.meta' outside a module");
    }
  }

  /** `import d, { a as b } from "m"` becomes `;({default:d,a:b}=await …);`. */
  #editImport({ specifiers, source, attributes, start, end, loc }: ImportDeclaration): void {
    const written = (start: number, end: number) => this.#text.original.slice(start, end);
    const parts: string[] = [];
    let assigned = "";
    for (const specifier of specifiers) {
      this.#declare(specifier.local);
      const { name } = specifier.local;
      if (specifier.type === "ImportNamespaceSpecifier") assigned = `${name}=`;
      else if (specifier.type === "ImportDefaultSpecifier") parts.push(`default:${name}`);
      else parts.push(`${written(specifier.imported.start!, specifier.imported.end!)}:${name}`);
    }
    const pattern = parts.length > 0 ? `{${parts}}=` : "";
    const [first, last] = [attributes?.at(0), attributes?.at(-1)];
    const options = first && last ? `,{with:{${written(first.start!, last.end!)}}}` : "";
    const module = `${runtimeName}.importModule(${this.#specifier(source.value)}${options})`;
    const lineEnds = written(start!, end!).replace(/[^\n\r]/g, "");
    const taken = `await ${runtimeName}.wait(${module},${loc!.start.line})`;
    this.#text.replace(start!, end!, `;(${pattern}${assigned}${taken});${lineEnds}`);
  }

  /** `function f(` becomes `f=function(`, which is as long. */
  #editFunction(declaration: FunctionDeclaration): void {
    const { start, id } = declaration;
    this.#declare(id!);
    this.#functions.push(declaration);
    const head = this.#text.original.slice(start!, id!.start!).replace(/ $/, "");
    this.#text.replace(start!, id!.end!, `${id!.name}=${head}`);
  }

  /** `const a = 1, b = 2` becomes `;( a = 1, b = 2)`. */
  #assign(declaration: VariableDeclaration, { parent, place }: Surroundings): void {
    const { start, end, kind, declarations } = declaration;
    const isLoop = place === "init" || place === "left";
    // A statement alone, as in `if (x) var y = 1`, cannot begin with a semicolon.
    const isListed = /^(Program|BlockStatement|SwitchCase)$/.test(parent.type);
    const opening = isLoop ? "" : isListed ? ";(" : "(";
    this.#text.replace(start!, start! + kind.length, opening.padStart(kind.length));
    if (!isLoop) {
      this.#text.close(declarations.at(-1)!.end!, this.#text.original[end! - 1] === ";" ? ")" : ");");
    }
    for (const { id, init, end } of declarations) {
      for (const identifier of boundIdentifiers(id)) this.#declare(identifier);
      if (init || place === "left") continue;
      // As in a script, a bare `var` keeps its value and a bare `let` does not.
      this.#text.close(end!, kind === "var" ? `=${(id as Identifier).name}` : "=void 0");
    }
  }

  #keepValue(start: number, end: number): void {
    const isClosed = this.#text.original[end - 1] === ";";
    this.#text.open(start, `${valueName}=(`);
    this.#text.close(isClosed ? end - 1 : end, isClosed ? ")" : ");");
  }

  /** Passes an expression through the runtime. */
  #call(method: "wait" | "iterate", argument: Node, { loc }: Node): void {
    const [before, after] = argument.type === "SequenceExpression" ? ["(", ")"] : ["", ""];
    this.#text.open(argument.start!, `${runtimeName}.${method}(${before}`);
    this.#text.close(argument.end!, `${after},${loc!.start.line})`);
  }

  #drop(start: number, end: number): void {
    this.#text.replace(start, end, `;${blanked(this.#text.original.slice(start + 1, end))}`);
  }

  #declare(identifier: Identifier): void {
    if (/^(undefined|NaN|Infinity)$/.test(identifier.name) || identifier.name === runtimeName) {
      throw CellSyntaxError.at(identifier, `Identifier '${identifier.name}' has already been declared`);
    }
    this.names.add(identifier.name);
  }

  #specifier(written: string): string {
    return JSON.stringify(this.#resolve(written));
  }
}

/** The parser leaves patterns to the engine, which would say no place. */
function checkPattern(node: RegExpLiteral): void {
  try {
    new RegExp(node.pattern, node.flags);
  } catch (error) {
    throw CellSyntaxError.at(node, (error as Error).message);
  }
}
