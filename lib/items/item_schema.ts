import type { Item, Json, ReplySchema } from "../core/mod.ts";
import { declaredOptions } from "./shown_options.ts";

/** A JSON schema. */
export type JsonSchema = { readonly [key: string]: Json };

/**
 * Gives the JSON schema of an item's answer.
 *
 * @param item the question
 * @param shown the options in the order shown; the declared order if not given
 * @returns a JSON schema
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { itemSchema, likert } from "@understudy/understudy/items";
 *
 * assertEquals(itemSchema(likert("trust", "Do you trust it?", { points: 5 })), {
 *   type: "integer",
 *   minimum: 1,
 *   maximum: 5,
 * });
 * ```
 */
export function itemSchema(item: Item, shown: readonly string[] = declaredOptions(item)): JsonSchema {
  switch (item.kind) {
    case "likert":
      return { type: "integer", minimum: 1, maximum: item.points };
    case "choice":
    case "yesNo":
      return { type: "string", enum: [...shown] };
    case "multipleChoice":
      return {
        type: "array",
        items: { type: "string", enum: [...shown] },
        minItems: item.minimum,
        maxItems: item.maximum,
      };
    case "number":
      return {
        type: item.whole ? "integer" : "number",
        ...(item.minimum === null ? {} : { minimum: item.minimum }),
        ...(item.maximum === null ? {} : { maximum: item.maximum }),
      };
    case "text":
      return { type: "string" };
  }
}

/**
 * Gives the JSON schema of a whole reply: an object with one property per item, in the order shown, all required.
 *
 * @param items the questions in the order shown
 * @param shown for each item's name, its options in the order shown
 * @returns the schema with its name
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { replySchema, yesNo } from "@understudy/understudy/items";
 *
 * assertEquals(replySchema([yesNo("voted", "Did you vote?")]).schema.required, ["voted"]);
 * ```
 */
export function replySchema(
  items: readonly Item[],
  shown: { readonly [item: string]: readonly string[] } = {},
): ReplySchema {
  return {
    name: "answers",
    schema: {
      type: "object",
      properties: Object.fromEntries(items.map((item) => [item.name, itemSchema(item, shown[item.name])])),
      required: items.map((item) => item.name),
      additionalProperties: false,
    },
  };
}
