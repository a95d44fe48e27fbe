import type { Displayable, MimeBundle } from "../../core/mod.ts";
import { isTable, jupyterDisplay, renderTable, visibleText } from "../../core/mod.ts";
import { isOwnKernel, type NotebookKernel, notebookKernel, tableBundle } from "./notebook_kernel.ts";

/**
 * Shows values in the notebook, one below the other, and waits until they are out.
 *
 * In Deno's own kernel end a cell with it, or its last output may be lost or appear below the next cell. Shows tables (30
 * rows; `show(table.slice(30, 60))` the next), figures and everything else that has a `Symbol.for("Jupyter.display")`;
 * plans (calls, tokens, and what is read in each arm), designs, protocols, worlds and repairs as diagrams, prompts of
 * `composePrompt` as a chat; texts as Markdown (tags in them appear as text); arrays of these one by one; and any other
 * value as Deno prints it. In a script it prints the same as text.
 *
 * @param values what to show
 * @returns when the values are out
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { show } from "@understudy/understudy/kernel";
 *
 * assertEquals(await show("**Balance**", tableOf({ arm: ["control", "threat"], n: [50, 50] })), undefined);
 * ```
 */
export async function show(...values: readonly unknown[]): Promise<void> {
  const kernel = notebookKernel();
  if (kernel === undefined) await printValues(values, writeToOutput);
  else await displayValues(values, kernel, isOwnKernel() ? () => Promise.resolve() : pause);
}

// The queue of the kernel tells nobody when it is empty. After this time it was in 399 of 400 cells that print a lot, on
// a busy machine; without it, in 22 of 100.
const drainMs = 30;

/** Displays values in a notebook and waits until its queue is empty. */
export async function displayValues(
  values: readonly unknown[],
  kernel: NotebookKernel,
  wait: (milliseconds: number) => Promise<void>,
): Promise<void> {
  for await (const part of partsOf(values)) await kernel.display(await bundleOf(part));
  await wait(drainMs);
}

/** Prints values as text, each followed by a line break. */
export async function printValues(values: readonly unknown[], write: (text: string) => void): Promise<void> {
  for await (const part of partsOf(values)) write(`${readable(await displayText(part)).trimEnd()}\n`);
}

/** What is displayed of values, one by one: the parts of those that have some, and what an array of such holds. */
async function* partsOf(values: readonly unknown[]): AsyncGenerator<unknown> {
  for (const value of values) {
    // The kernel prints an array of figures as the text of an array.
    const held: readonly unknown[] = Array.isArray(value) && value.length > 0 ? value : [value];
    const parts = await Promise.all(held.map(partsOfOne));
    yield* parts.some((own) => own === undefined) ? [value] : parts.flat();
  }
}

/** `undefined` of what is only printed. */
async function partsOfOne(value: unknown): Promise<readonly unknown[] | undefined> {
  if (isTable(value) || isDisplayable(value)) return [value];
  if (typeof value !== "object" || value === null) return undefined;
  // Who shows tables need not load all that draws.
  const { resultParts } = await import("./result_parts.ts");
  return await resultParts(value);
}

function writeToOutput(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** As much of a text as anybody reads, without what could drive a terminal. */
function readable(text: string): string {
  const most = 200_000;
  const rest = text.length > most ? `… (${text.length} characters in all)` : "";
  return visibleText(text.slice(0, most)) + rest;
}

/** How a value appears in a notebook. */
async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (isTable(value)) {
    return tableBundle(value);
  }
  if (isDisplayable(value)) return await value[jupyterDisplay]();
  if (typeof value === "string") {
    const text = readable(value);
    return { "text/markdown": withoutTags(text), "text/plain": text };
  }
  return { "text/plain": inspect(value) };
}

/** How a value appears in a terminal. */
async function displayText(value: unknown): Promise<string> {
  const width = Deno.stdout.isTerminal() ? Math.max(20, Deno.consoleSize().columns) : 120;
  if (isTable(value)) return renderTable(value, { format: "text", width });
  if (!isDisplayable(value)) return typeof value === "string" ? value : inspect(value);
  const bundle = await value[jupyterDisplay]();
  const text = bundle["text/plain"] ?? bundle["text/markdown"];
  return typeof text === "string" ? text : `(${Object.keys(bundle).join(", ")})`;
}

/** Whether a value says itself how it appears in a notebook. */
function isDisplayable(value: unknown): value is Displayable {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as Partial<Displayable>)[jupyterDisplay] === "function";
}

// A text may hold a model's answer: its tags must show as text, and its pictures must not be fetched. Other uses of
// "<" and "!" stay as they are.
const withoutTags = (text: string) => text.replace(/<(?=[A-Za-z/!?])/g, "&lt;").replace(/!(?=\[)/g, "&#33;");

function inspect(value: unknown): string {
  return Deno.inspect(value, { colors: false, depth: 6, strAbbreviateSize: 1000 });
}
