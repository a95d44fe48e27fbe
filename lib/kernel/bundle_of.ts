import { type Displayable, isTable, jupyterDisplay, type MimeBundle, renderTable } from "../core/mod.ts";

/** How a value appears in a notebook. */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (isTable(value)) {
    return { "text/html": renderTable(value), "text/plain": renderTable(value, { format: "markdown" }) };
  }
  if (isDisplayable(value)) return await value[jupyterDisplay]();
  if (typeof value === "string") return { "text/markdown": withoutTags(value), "text/plain": value };
  return { "text/plain": inspect(value) };
}

/** How a value appears in a terminal. */
export async function textOf(value: unknown): Promise<string> {
  if (isTable(value)) return renderTable(value, { format: "text" });
  if (!isDisplayable(value)) return typeof value === "string" ? value : inspect(value);
  const bundle = await value[jupyterDisplay]();
  const text = bundle["text/plain"] ?? bundle["text/markdown"];
  return typeof text === "string" ? text : `(${Object.keys(bundle).join(", ")})`;
}

/** Whether a value says itself how it appears in a notebook. */
export function isDisplayable(value: unknown): value is Displayable {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as Partial<Displayable>)[jupyterDisplay] === "function";
}

// A text may hold a model's answer: its tags must show as text, and its pictures must not be fetched. Other uses of
// "<" and "!" stay as they are.
function withoutTags(text: string): string {
  return text.replace(/<(?=[A-Za-z/!?])/g, "&lt;").replace(/!(?=\[)/g, "&#33;");
}

function inspect(value: unknown): string {
  return Deno.inspect(value, { colors: false, depth: 6, strAbbreviateSize: 1000 });
}
