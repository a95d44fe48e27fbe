import type {
  ClassMethod,
  FunctionDeclaration,
  Identifier,
  ImportDeclaration,
  Node,
  Program,
  RegExpLiteral,
  Statement,
  TSEnumDeclaration,
  TSModuleDeclaration,
  TSParameterProperty,
  VariableDeclaration,
} from "@babel/types";
import { blanked, boundIdentifiers, CellSyntaxError, parseCell } from "./parse_cell.ts";
import MagicString from "magic-string";
import { stripTypeScriptTypes } from "node:module";

/** The one global object that a transformed cell calls: it has `wait`, `iterate`, `importModule`, `checkExports`. */
export const runtimeName = "__understudy";

/** Where the value of a cell is kept until its end. */
const valueName = `${runtimeName}Value`;

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
 * @param number the number that traces show
 * @returns the names to declare and two scripts
 * @throws {CellSyntaxError} where the cell cannot be read, with the place
 */
export function transformCell(source: string, number: number): TransformedCell {
  const cell = readObject(source) ?? new CellEdits(source, parseCell(source));
  const [functions, body] = cell.split().map((text) => withoutTypes(text)) as [string, string];
  const name = `\n//# sourceURL=cell-${number}.ts`;
  return {
    names: [...cell.names],
    functions: functions === "" ? "" : `"use strict";${functions}${name}`,
    body: `(async()=>{"use strict";let ${valueName};${body}\nreturn {value:${valueName}}})()${name}`,
  };
}

/** As in Deno's console, `{ a: 1 }` is an object where it can be one, and otherwise a block. */
function readObject(source: string): CellEdits | undefined {
  if (!/^\s*\{/.test(source) || /;\s*$/.test(source)) return undefined;
  const text = `(${source}\n)`;
  try {
    return new CellEdits(text, parseCell(text));
  } catch {
    return undefined;
  }
}

const isFunction = /^(Function|ArrowFunction|ObjectMethod|Class\w*(Method|Property)|StaticBlock)/;
const givesNoValue = /^(Function|Class|Variable|Import|Export|TS|Empty)/;

/** Where a node stands. */
interface Surroundings {
  /** The name of its place in its parent. */
  place: string;
  inFunction: boolean;
  /** Whether an expression here can be the value of the cell. */
  givesValue: boolean;
}

/** A cell's text and its edits, made from the outer parts inwards: the closing of an inner part stands before an outer one's. */
class CellEdits {
  readonly names = new Set<string>();
  readonly #functions: FunctionDeclaration[] = [];
  readonly #text: MagicString;

  constructor(source: string, { body, directives }: Program) {
    this.#text = new MagicString(source);
    const value = body.findLast(({ type }) => !givesNoValue.test(type));
    for (const statement of body) {
      this.#editStatement(statement, { place: "body", inFunction: false, givesValue: statement === value });
    }
    // A text alone reads as a directive.
    const text = value === undefined ? directives.at(-1)?.value : undefined;
    if (text !== undefined) this.#keepValue(text.start!, text.end!);
  }

  /** The functions and the rest, each with spaces where the other stands. */
  split(): [functions: string, body: string] {
    let [functions, at] = ["", 0];
    for (const { start, end } of this.#functions) {
      functions += `${blanked(this.#written(at, start!))}${this.#text.slice(start!, end!)};`;
      at = end!;
    }
    for (const { start, end } of this.#functions) this.#drop(start!, end!);
    return [functions, this.#text.toString()];
  }

  #editStatement(statement: Statement, surroundings: Surroundings): void {
    if ("declare" in statement && statement.declare) return;
    switch (statement.type) {
      case "ImportDeclaration":
        return this.#editImport(statement);
      case "ExportAllDeclaration":
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration":
        return this.#editExport(statement, surroundings);
      case "FunctionDeclaration":
        this.#editFunction(statement);
        break;
      case "ClassDeclaration":
        this.#declare(statement.id!);
        this.#open(statement.start!, `;${statement.id!.name}=`);
        if (statement.abstract) this.#blank(statement.start!, statement.start! + "abstract".length);
        this.#close(statement.end!, ";");
        break;
      case "VariableDeclaration":
        if (/^(let|const)$/.test(statement.kind)) this.#assign(statement, surroundings);
    }
    this.#walk(statement, surroundings);
  }

  #walk(node: Node, surroundings: Surroundings): void {
    if (node.type === "TSEnumDeclaration" || node.type === "TSModuleDeclaration") {
      return this.#rewrite(node, surroundings);
    }
    this.#editNode(node, surroundings);
    const inFunction = surroundings.inFunction || isFunction.test(node.type);
    for (const [place, value] of Object.entries(node)) {
      if (place === "loc" || place === "extra") continue;
      const givesValue = surroundings.givesValue && !inFunction && place !== "finalizer";
      for (const child of [value].flat()) {
        if (typeof child?.type === "string") this.#walk(child, { place, inFunction, givesValue });
      }
    }
  }

  #editNode(node: Node, surroundings: Surroundings): void {
    switch (node.type) {
      case "AwaitExpression":
        return this.#call("wait", node.argument, node);
      case "ForOfStatement":
        if (node.await) this.#call("iterate", node.right, node);
        return;
      case "ImportExpression":
        this.#text.update(node.start!, node.start! + "import".length, `${runtimeName}.importModule`);
        return;
      case "ExpressionStatement":
        if (surroundings.givesValue) this.#keepValue(node.start!, node.end!);
        return;
      case "VariableDeclaration":
        if (node.kind === "var" && !surroundings.inFunction) this.#assign(node, surroundings);
        return;
      case "ClassMethod":
        return this.#assignParameters(node);
      case "TSTypeAssertion":
        return this.#blank(node.start!, node.expression.start!);
      case "RegExpLiteral":
        return checkPattern(node);
      case "MetaProperty":
        if (node.meta.name !== "import") return;
        throw CellSyntaxError.at(node, "Cannot use 'import.meta' outside a module");
    }
  }

  /** `import d, { a as b } from "m"` becomes `;({default:d,a:b}=….checkExports(await …,"m",{default:0,a:0}));`. */
  #editImport({ importKind, specifiers, source, attributes, start, end, loc }: ImportDeclaration): void {
    if (importKind === "type") return;
    const parts: string[] = [];
    const wanted: string[] = [];
    let assigned = "";
    for (const specifier of specifiers) {
      if (specifier.type === "ImportSpecifier" && specifier.importKind === "type") continue;
      this.#declare(specifier.local);
      const { name } = specifier.local;
      if (specifier.type === "ImportNamespaceSpecifier") assigned = `${name}=`;
      else {
        const imported = specifier.type === "ImportSpecifier" ? specifier.imported : undefined;
        const key = imported === undefined ? "default" : this.#written(imported.start!, imported.end!);
        parts.push(`${key}:${name}`);
        wanted.push(`${key}:0`);
      }
    }
    const pattern = parts.length > 0 ? `{${parts}}=` : "";
    const [first, last] = [attributes?.at(0), attributes?.at(-1)];
    const options = first && last ? `,{with:{${this.#written(first.start!, last.end!)}}}` : "";
    const module = `${runtimeName}.importModule(${JSON.stringify(source.value)}${options})`;
    const taken = `await ${runtimeName}.wait(${module},${loc!.start.line})`;
    const checked = `${runtimeName}.checkExports(${taken},${JSON.stringify(source.value)},{${wanted}})`;
    this.#text.update(start!, end!, `;(${pattern}${assigned}${checked});${this.#lineEnds(start!, end!)}`);
  }

  #editExport(statement: Statement, surroundings: Surroundings): void {
    const declaration = "declaration" in statement ? statement.declaration : undefined;
    this.#drop(statement.start!, declaration?.start ?? statement.end!);
    if (!declaration) return;
    const isNamed = statement.type === "ExportNamedDeclaration" || "id" in declaration && declaration.id;
    if (isNamed) return this.#editStatement(declaration as Statement, surroundings);
    this.#keepValue(declaration.start!, statement.end!);
    this.#walk(declaration, surroundings);
  }

  /** `function f(` becomes `f=function(`, which is as long. */
  #editFunction(declaration: FunctionDeclaration): void {
    const { start, id } = declaration;
    this.#declare(id!);
    this.#functions.push(declaration);
    this.#text.update(start!, id!.end!, `${id!.name}=${this.#written(start!, id!.start!).replace(/ $/, "")}`);
  }

  /** `const a = 1, b = 2` becomes `void( a = 1, b = 2);`. */
  #assign({ start, end, kind, declarations }: VariableDeclaration, { place }: Surroundings): void {
    const isLoop = place === "init" || place === "left";
    this.#text.update(start!, start! + kind.length, isLoop ? " " : "void(");
    if (!isLoop) this.#close(declarations.at(-1)!.end!, this.#written(end! - 1, end!) === ";" ? ")" : ");");
    for (const { id, init, end } of declarations) {
      for (const identifier of boundIdentifiers(id)) this.#declare(identifier);
      const type = "typeAnnotation" in id ? id.typeAnnotation : undefined;
      if (type) this.#blank(type.start!, type.end!);
      if (init || place === "left") continue;
      // As in a script, a bare `var` keeps its value and a bare `let` does not.
      this.#close(end!, kind === "var" ? `=${(id as Identifier).name}` : "=void 0");
    }
  }

  /** `constructor(private x: number) {` becomes `constructor(x: number) {;this.x=x;`, in place. */
  #assignParameters({ params, body }: ClassMethod): void {
    const properties = params.filter(({ type }) => type === "TSParameterProperty");
    if (properties.length === 0) return;
    let assigned = ";";
    for (const { start, parameter } of properties as TSParameterProperty[]) {
      this.#blank(start!, parameter.start!);
      for (const { name } of boundIdentifiers(parameter)) assigned += `this.${name}=${name};`;
    }
    const superCall = body.body.find(({ start, end }) => this.#written(start!, end!).startsWith("super("));
    this.#close(superCall?.end ?? body.start! + 1, assigned);
  }

  /** An enumeration or a namespace becomes what it does: a script of many lines, as a text on its first line. */
  #rewrite({ id, start, end }: TSEnumDeclaration | TSModuleDeclaration, { inFunction }: Surroundings): void {
    let name: Node = id;
    while (name.type === "TSQualifiedName") name = name.left;
    if (!inFunction) this.#declare(name as Identifier);
    // A constant enumeration would be written into its uses, which later cells are not among.
    const written = this.#written(start!, end!).replace(/^const\b/, "");
    const script = withoutTypes(written, "transform").replace(/^(var|let) |\n(var|let) \S+;\s*$/g, "");
    const declaration = inFunction ? `var ${(name as Identifier).name};` : "";
    const text = `${declaration}eval(${JSON.stringify(script)});${this.#lineEnds(start!, end!)}`;
    this.#text.update(start!, end!, text);
  }

  #keepValue(start: number, end: number): void {
    const isClosed = this.#written(end - 1, end) === ";";
    this.#open(start, `${valueName}=(`);
    this.#close(isClosed ? end - 1 : end, isClosed ? ")" : ");");
  }

  /** Passes an expression through the runtime. */
  #call(method: "wait" | "iterate", argument: Node, { loc }: Node): void {
    this.#open(argument.start!, `${runtimeName}.${method}(`);
    this.#close(argument.end!, `,${loc!.start.line})`);
  }

  #declare(identifier: Identifier): void {
    if (/^(undefined|NaN|Infinity)$/.test(identifier.name) || identifier.name === runtimeName) {
      throw CellSyntaxError.at(identifier, `Identifier '${identifier.name}' has already been declared`);
    }
    this.names.add(identifier.name);
  }

  #written(start: number, end: number): string {
    return this.#text.original.slice(start, end);
  }

  #lineEnds(start: number, end: number): string {
    return this.#written(start, end).replace(/[^\n\r]/g, "");
  }

  #open(place: number, text: string): void {
    this.#text.appendRight(place, text);
  }

  #close(place: number, text: string): void {
    this.#text.prependLeft(place, text);
  }

  #blank(start: number, end: number): void {
    this.#text.update(start, end, blanked(this.#written(start, end)));
  }

  #drop(start: number, end: number): void {
    this.#text.overwrite(start, end, `;${blanked(this.#written(start + 1, end))}`);
  }
}

/** Types become spaces; in the mode `transform` those that do something become what they do. */
function withoutTypes(text: string, mode: "strip" | "transform" = "strip"): string {
  try {
    return stripTypeScriptTypes(text, { mode });
  } catch (error) {
    const [message, line, column] = (error as Error).message.split(/ at file:\S*?:(\d+):(\d+)/);
    throw new CellSyntaxError(message!.replace(/^\[\w+\] /, ""), Number(line), Number(column));
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
