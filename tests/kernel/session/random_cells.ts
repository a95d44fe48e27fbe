/**
 * Holds random cells against V8's console, of which Deno's kernel is made: a program of its own, for `random_cells_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import inspector from "node:inspector";
import { runHere } from "./cell_runner.ts";

const draws = stream(14, "random cells");
const random = () => draws.uniform();
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
const variable = () => pick(["v0", "v1", "v2", "v3"]);
let names = 0;

function expression(depth = 0): string {
  const inner = () => depth > 1 ? pick(["1", "v0", "v1", "'s'", "[]"]) : expression(depth + 1);
  return pick([
    variable,
    () => `${inner()} + ${inner()}`,
    () => `(${inner()}, ${inner()})`,
    () => `await Promise.resolve(${inner()})`,
    () => `[${inner()}, ${inner()}]`,
    () => `((a) => a)(${inner()})`,
    () => `await (async () => await ${inner()})()`,
    () => "`t${" + inner() + "}`",
    () => `({ a: ${inner()} })`,
    () => `(${inner()} ? ${inner()} : ${inner()})`,
    () => `typeof ${pick(["v0", "unknown"])}`,
    () => `${variable()}++`,
    () => `${variable()} = ${inner()}`,
  ])();
}

function statement(depth: number): string {
  const name = `n${++names}`;
  const simple = [
    expression,
    expression,
    () => `var ${variable()} = ${expression()}`,
    () => `var ${variable()}`,
    () => `${pick(["let", "const", "var"])} ${name} = ${expression()}`,
    () => `var { a: ${variable()} = ${expression()}, ...${variable()} } = { b: 1 }`,
    () => `function ${name}() { return v0 }`,
    () => `class ${name} { x = v1 }`,
    () => ";",
  ];
  const nested = [
    () => `if (${expression()}) { ${list(depth + 1)} } else { ${list(depth + 1)} }`,
    () => `for (var ${variable()} = 0, ${name} = 0; ${name} < 2; ${name}++) { ${list(depth + 1)} }`,
    () => `for (const w of [1, 2]) v0 = ${expression()}`,
    () => `for await (var ${variable()} of [Promise.resolve(1), 2]) { ${list(depth + 1)} }`,
    () => `try { ${list(depth + 1)} } catch { ${list(depth + 1)} } finally { v0 = ${expression()} }`,
    () => `${name}: for (const z of [1, 2]) { ${list(depth + 1)}\n;${pick(["continue", "break"])} ${name} }`,
    () => `switch (${expression()}) { case 1: ${list(depth + 1)}; default: ${list(depth + 1)} }`,
  ];
  return pick(depth > 1 ? simple : [...simple, ...nested])();
}

function list(depth: number): string {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(depth)).join(
    pick([";", "\n;"]),
  );
}

/** How V8's console, which Deno's kernel is made of, runs a cell: its value, or the name of what it threw. */
async function runInConsole(session: inspector.Session, expression: string): Promise<string> {
  // deno-lint-ignore no-explicit-any
  const ask = (method: any, params: object) =>
    // deno-lint-ignore no-explicit-any
    new Promise<any>((done, fail) =>
      session.post(method, params, (error, told) => error ? fail(error) : done(told))
    );
  const { result, exceptionDetails } = await ask("Runtime.evaluate", {
    expression: `"use strict"; undefined; ${expression}`,
    replMode: true,
    awaitPromise: true,
  });
  if (exceptionDetails) return exceptionDetails.exception.className;
  if (result.objectId === undefined) {
    const { unserializableValue, value } = result;
    return Deno.inspect(unserializableValue === undefined ? value : Number(unserializableValue));
  }
  const functionDeclaration = "function (inspect) { return inspect(this) }";
  const { result: inspect } = await ask("Runtime.evaluate", { expression: "Deno.inspect" });
  const call = {
    objectId: result.objectId,
    functionDeclaration,
    arguments: [{ objectId: inspect.objectId }],
  };
  return (await ask("Runtime.callFunctionOn", call)).result.value;
}

const session = new inspector.Session();
session.connect();
const reset = "var v0 = 0, v1 = 1, v2 = 'b', v3 = [3]";
const state = () => Deno.inspect((0, eval)("[v0, v1, v2, v3]"));
let compared = 0;
for (let at = 0; at < 200; at++) {
  // What branches and loops give at the end of a cell, semantic_cells.ts says.
  const cell = `${list(0)}\n;${expression()}`;
  (0, eval)(reset);
  // What a console declares cannot be declared again in this process.
  const expected = [await runInConsole(session, cell.replace(/\bn(?=\d)/g, "console")), state()];
  // Where braces of a random cell mean something else, both say so.
  if (expected[0] === "SyntaxError") continue;
  (0, eval)(reset);
  const value = await runHere(cell).then(({ value }) => Deno.inspect(value), (error) => error.name);
  assertEquals([value, state()].map((text) => text.replaceAll(/\bn(?=\d)/g, "console")), expected, cell);
  compared++;
}
session.disconnect();
assert(compared > 120, `${compared}`);
Deno.stdout.writeSync(new TextEncoder().encode(`${compared} cells compared\n`));
