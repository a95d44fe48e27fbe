import type { ReplySchema } from "../core/respondent.ts";
import type { RandomStream } from "../core/stream.ts";
import type { WalkOptions } from "./sessions/walk_session.ts";

/** A reply that fits a schema, drawn. */
export function madeUp(
  { schema }: Pick<ReplySchema, "schema">,
  random: RandomStream,
  bound: WalkOptions["bound"],
): string {
  return JSON.stringify(drawValue(schema as Drawn, random, bound));
}

interface Drawn {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Drawn[];
  readonly properties?: { readonly [name: string]: Drawn };
  readonly items?: Drawn;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

function drawValue(schema: Drawn, random: RandomStream, bound: WalkOptions["bound"]): unknown {
  if (schema.enum !== undefined) return schema.enum[random.integer(schema.enum.length)];
  if (schema.anyOf !== undefined) return drawValue(schema.anyOf[0]!, random, bound);
  if (schema.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, own]) => [name, drawValue(own, random, bound)]),
    );
  }
  const type = [schema.type].flat()[0];
  if (type === "array") {
    const all = schema.items?.enum ?? [];
    return all.slice(0, Math.max(1, schema.minItems ?? 1));
  }
  if (type !== "integer" && type !== "number") return "I see.";
  const { minimum = 0, maximum = minimum + 10 } = schema;
  if (bound !== undefined) return bound === "fewest" ? minimum : maximum;
  return minimum + random.integer(Math.max(1, Math.floor(maximum - minimum) + 1));
}
