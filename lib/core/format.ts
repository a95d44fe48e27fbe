/** What stands in a table or figure where there is no value. */
export const noValue = "–";

/**
 * Writes a number for a reader: whole numbers whole, others with a few significant digits.
 *
 * Digits before the decimal point are never rounded away: 1234.5 reads 1235, not 1230. Numbers below 0.0001 are
 * written with an exponent, and a number that does not exist (`NaN`) as a dash.
 *
 * @param value any number
 * @param digits significant digits of numbers that are not whole, 1 to 15; default 3
 * @returns a text such as `0.421`, `12.3`, `1.20e-5` or `–`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatNumber } from "@understudy/understudy/core";
 *
 * assertEquals([0.42134, 12, 1234.5, NaN].map((value) => formatNumber(value)), ["0.421", "12", "1235", "–"]);
 * ```
 */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return noValue;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) < 1e-4) return value.toExponential(digits - 1);
  const text = value.toPrecision(digits);
  return text.includes("e") ? String(Math.round(value)) : text;
}

/** The number of decimals that tells apart what the eye can tell apart on an axis. */
export function decimalsOf([low, high]: readonly [number, number]): number {
  const length = high - low;
  if (length >= 1 && length < 10) return 2;
  return Math.max(0, Math.min(8, Math.ceil(-Math.log10(length / 30))));
}

/**
 * Writes a p-value as journals do: three decimals without the leading zero, and `<.001` below.
 *
 * @param value a p-value, 0 to 1
 * @returns a text such as `.032`, `<.001`, `1.000` or `–`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatPValue } from "@understudy/understudy/core";
 *
 * assertEquals([0.0321, 0.0004, 1].map(formatPValue), [".032", "<.001", "1.000"]);
 * ```
 */
export function formatPValue(value: number): string {
  if (Number.isNaN(value)) return noValue;
  if (value < 0.001) return "<.001";
  return value.toFixed(3).replace(/^0\./, ".");
}

/**
 * Writes any cell of a table for a reader, on as many lines as it has.
 *
 * @param value what the cell holds: numbers are rounded, lists joined, dates in ISO 8601, nothing becomes a dash
 * @param options `column`: the column's name, by which p-values are known (`p_value`, `p_adjusted`, `…_p`);
 *   `digits`: significant digits, default 3
 * @returns the text, not escaped
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatValue } from "@understudy/understudy/core";
 *
 * assertEquals(formatValue(["paper", "web"]), "paper, web");
 * assertEquals(formatValue(0.0002, { column: "p_value" }), "<.001");
 * ```
 */
export function formatValue(value: unknown, options: { column?: string; digits?: number } = {}): string {
  if (value === null || value === undefined) return noValue;
  if (typeof value === "string") return value;
  if (typeof value === "number") {
    return isPColumn(options.column) ? formatPValue(value) : formatNumber(value, options.digits);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? noValue : value.toISOString();
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return Array.from(value as ArrayLike<unknown>, (item) => formatValue(item, options)).join(", ");
  }
  if (typeof value !== "object") return String(value);
  try {
    // A text inside it may be a whole book.
    const short = (part: unknown) => typeof part === "string" ? part.slice(0, 10_000) : part;
    return JSON.stringify(value, (_, part) => short(part)) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function isPColumn(column: string | undefined): boolean {
  return column !== undefined && /^(p|p_value|p_adjusted|p_joint|.*_p)$/.test(column);
}

const entities = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"], ['"', "&quot;"], ["'", "&#39;"]]);

/**
 * Escapes a text for HTML and XML, in content and in quoted attributes. Control characters that XML forbids are
 * replaced, so that a hostile answer can neither run nor break a page.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { escapeHtml } from "@understudy/understudy/core";
 *
 * assertEquals(escapeHtml(`<b>"&"</b>`), "&lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;");
 * ```
 */
export function escapeHtml(text: unknown): string {
  return String(text)
    // deno-lint-ignore no-control-regex -- these are what XML 1.0 forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities.get(character)!);
}

/** What a notebook shows: MIME type to content. */
export type MimeBundle = { [mimeType: string]: unknown };

/** The method by which Deno's Jupyter kernel asks a value for its rendering. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that a notebook can show. */
export interface Displayable {
  /** The value as a MIME bundle. */
  [jupyterDisplay](): MimeBundle | Promise<MimeBundle>;
}
