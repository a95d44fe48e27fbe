import type * as Babel from "@babel/types";
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
 * when the cell is stopped. Lines stay where they were. Throws a {@linkcode CellSyntaxError} where it cannot be read.
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

interface Surroundings {
  place: string;
  /** Whether what it declares belongs to the session: a statement of the cell's top. */
  isTop: boolean;
  inFunction: boolean;
  /** Whether an expression here can be the value of the cell. */
  givesValue: boolean;
}

/** A cell's text and its edits, made from the outer parts inwards: the closing of an inner part stands before an outer one's. */
class CellEdits {
  readonly names = new Set<string>();
  readonly #functions: Babel.FunctionDeclaration[] = [];
  readonly #text: MagicString;

  constructor(source: string, { body, directives }: Babel.Program) {
    this.#text = new MagicString(source);
    const value = body.findLast(({ type }) => !givesNoValue.test(type));
    for (const statement of body) {
      const givesValue = statement === value;
      this.#walk(statement, { place: "body", isTop: true, inFunction: false, givesValue });
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
      this.#drop(start!, end!);
      at = end!;
    }
    return [functions, this.#text.toString()];
  }

  #walk(node: Babel.Node, surroundings: Surroundings): void {
    if (!this.#edit(node, surroundings)) return;
    const inFunction = surroundings.inFunction || isFunction.test(node.type);
    const isTop = surroundings.isTop && node.type.startsWith("Export");
    for (const [place, value] of Object.entries(node)) {
      if (place === "loc" || place === "extra") continue;
      const givesValue = surroundings.givesValue && !inFunction && place !== "finalizer";
      for (const child of [value].flat()) {
        if (typeof child?.type === "string") this.#walk(child, { place, isTop, inFunction, givesValue });
      }
    }
  }

  /** Edits a node, and says whether what stands in it is to be edited, too. */
  #edit(node: Babel.Node, surroundings: Surroundings): boolean {
    const { isTop, inFunction, givesValue } = surroundings;
    const [start, end] = [node.start!, node.end!];
    if ("declare" in node && node.declare) return false;
    switch (node.type) {
      case "ImportDeclaration":
        this.#editImport(node);
        return false;
      case "TSEnumDeclaration":
      case "TSModuleDeclaration":
        this.#rewrite(node, inFunction);
        return false;
      case "ExportAllDeclaration":
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration": {
        const declaration = "declaration" in node ? node.declaration : undefined;
        this.#drop(start, declaration?.start ?? end);
        const isNamed = node.type !== "ExportDefaultDeclaration" ||
          "id" in node.declaration && node.declaration.id;
        if (!isNamed) this.#keepValue(declaration!.start!, end);
        return Boolean(declaration);
      }
      case "FunctionDeclaration":
        if (isTop && node.id) this.#editFunction(node, node.id);
        break;
      case "ClassDeclaration":
        if (!isTop || !node.id) break;
        this.#declare(node.id);
        this.#text.appendRight(start, `;${node.id.name}=`).prependLeft(end, ";");
        if (node.abstract) this.#blank(start, start + "abstract".length);
        break;
      case "VariableDeclaration":
        // What is disposed of at the end of its block ends with its cell.
        if (node.kind === "var" ? !inFunction : isTop && !node.kind.endsWith("using")) {
          this.#assign(node, surroundings);
        }
        break;
      case "ExpressionStatement":
        if (givesValue) this.#keepValue(start, end);
        break;
      case "AwaitExpression":
        this.#call("wait", node.argument, node);
        break;
      case "ForOfStatement":
        if (node.await) this.#call("iterate", node.right, node);
        break;
      case "ImportExpression":
        this.#text.update(start, start + "import".length, `${runtimeName}.importModule`);
        break;
      case "ClassMethod":
        this.#assignParameters(node);
        break;
      case "TSTypeAssertion":
        this.#blank(start, node.expression.start!);
        break;
      case "RegExpLiteral":
        // The parser leaves patterns to the engine, which would say no place.
        try {
          new RegExp(node.pattern, node.flags);
        } catch (error) {
          throw new CellSyntaxError((error as Error).message, node.loc!.start);
        }
        break;
      case "MetaProperty":
        if (node.meta.name !== "import") break;
        throw new CellSyntaxError("Cannot use 'import.meta' outside a module", node.loc!.start);
    }
    return true;
  }

  /** `import d, { a as b } from "m"` becomes `;({default:d,a:b}=….checkExports(await …,"m",{default:0,a:0}));`. */
  #editImport(node: Babel.ImportDeclaration): void {
    if (node.importKind === "type") return;
    const [start, end] = [node.start!, node.end!];
    const [parts, wanted]: [string[], string[]] = [[], []];
    let assigned = "";
    for (const specifier of node.specifiers) {
      const imported = specifier.type === "ImportSpecifier" ? specifier : undefined;
      if (imported?.importKind === "type") continue;
      this.#declare(specifier.local);
      const { name } = specifier.local;
      if (specifier.type === "ImportNamespaceSpecifier") assigned = `${name}=`;
      else {
        const key = imported ? this.#written(imported.imported.start!, imported.imported.end!) : "default";
        parts.push(`${key}:${name}`);
        wanted.push(`${key}:0`);
      }
    }
    const pattern = parts.length > 0 ? `{${parts}}=` : "";
    const [first, last] = [node.attributes?.at(0), node.attributes?.at(-1)];
    const options = first && last ? `,{with:{${this.#written(first.start!, last.end!)}}}` : "";
    const specifier = JSON.stringify(node.source.value);
    const module = `${runtimeName}.importModule(${specifier}${options})`;
    const taken = `await ${runtimeName}.wait(${module},${node.loc!.start.line})`;
    const checked = `${runtimeName}.checkExports(${taken},${specifier},{${wanted}})`;
    this.#text.update(start, end, `;(${pattern}${assigned}${checked});${this.#lineEnds(start, end)}`);
  }

  /** `function f(` becomes `f=function(`, which is as long. */
  #editFunction(declaration: Babel.FunctionDeclaration, id: Babel.Identifier): void {
    this.#declare(id);
    this.#functions.push(declaration);
    const head = this.#written(declaration.start!, id.start!).replace(/ $/, "");
    this.#text.update(declaration.start!, id.end!, `${id.name}=${head}`);
  }

  /** `const a = 1, b = 2` becomes `void( a = 1, b = 2);`. */
  #assign({ start, end, kind, declarations }: Babel.VariableDeclaration, { place }: Surroundings): void {
    const isLoop = place === "init" || place === "left";
    this.#text.update(start!, start! + kind.length, isLoop ? " " : "void(");
    if (!isLoop) {
      this.#text.prependLeft(declarations.at(-1)!.end!, this.#written(end! - 1, end!) === ";" ? ")" : ");");
    }
    for (const { id, init, end } of declarations) {
      for (const identifier of boundIdentifiers(id)) this.#declare(identifier);
      const type = "typeAnnotation" in id ? id.typeAnnotation : undefined;
      if (type) this.#blank(type.start!, type.end!);
      if (init || place === "left") continue;
      // As in a script, a bare `var` keeps its value and a bare `let` does not.
      this.#text.prependLeft(end!, kind === "var" ? `=${(id as Babel.Identifier).name}` : "=void 0");
    }
  }

  /** `constructor(private x: number) {` becomes `constructor(x: number) {;this.x=x;`, in place. */
  #assignParameters({ params, body }: Babel.ClassMethod): void {
    const properties = params.filter(({ type }) => type === "TSParameterProperty");
    if (properties.length === 0) return;
    let assigned = ";";
    for (const { start, parameter } of properties as Babel.TSParameterProperty[]) {
      this.#blank(start!, parameter.start!);
      for (const { name } of boundIdentifiers(parameter)) assigned += `this.${name}=${name};`;
    }
    const superCall = body.body.find(({ start, end }) => this.#written(start!, end!).startsWith("super("));
    this.#text.prependLeft(superCall?.end ?? body.start! + 1, assigned);
  }

  /** An enumeration or a namespace becomes what it does: a script of many lines, as a text on its first line. */
  #rewrite(node: Babel.TSEnumDeclaration | Babel.TSModuleDeclaration, inFunction: boolean): void {
    const { id, start, end } = node;
    if (id.type !== "Identifier") return;
    if (!inFunction) this.#declare(id);
    // A constant enumeration would be written into its uses, which later cells are not among.
    const written = this.#written(start!, end!).replace(/^const\b/, "");
    const script = withoutTypes(written, "transform").replace(/^(var|let) |\n(var|let) \S+;\s*$/g, "");
    const evaluated = `eval(${JSON.stringify(script)});${this.#lineEnds(start!, end!)}`;
    this.#text.update(start!, end!, inFunction ? `var ${id.name};${evaluated}` : evaluated);
  }

  #keepValue(start: number, end: number): void {
    const isClosed = this.#written(end - 1, end) === ";";
    this.#text.appendRight(start, `${valueName}=(`);
    this.#text.prependLeft(isClosed ? end - 1 : end, isClosed ? ")" : ");");
  }

  #call(method: "wait" | "iterate", argument: Babel.Node, { loc }: Babel.Node): void {
    this.#text.appendRight(argument.start!, `${runtimeName}.${method}(`);
    this.#text.prependLeft(argument.end!, `,${loc!.start.line})`);
  }

  #declare(identifier: Babel.Identifier): void {
    if (/^(undefined|NaN|Infinity)$/.test(identifier.name) || identifier.name === runtimeName) {
      const message = `Identifier '${identifier.name}' has already been declared`;
      throw new CellSyntaxError(message, identifier.loc!.start);
    }
    this.names.add(identifier.name);
  }

  #written(start: number, end: number): string {
    return this.#text.original.slice(start, end);
  }

  #lineEnds(start: number, end: number): string {
    return this.#written(start, end).replace(/[^\n\r]/g, "");
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
    const start = { line: Number(line), column: Number(column) - 1 };
    throw new CellSyntaxError(message!.replace(/^\[\w+\] /, ""), start);
  }
}
