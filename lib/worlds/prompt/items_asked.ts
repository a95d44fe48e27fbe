import type { Json, RespondentRequest } from "../../core/mod.ts";
import { attributeAsked } from "../answers/structural_answers.ts";
import type { World } from "../world.ts";

/** An item that a request asks. */
export interface AskedItem {
  /** Its name: an item of the world, or an attribute. */
  readonly name: string;
  /** The options in the order shown; empty where the schema lists none. */
  readonly shown: readonly Json[];
  /** Whether the schema wants a number. */
  readonly isNumber: boolean;
}

/** The items a request asks, in their order: the schema's properties, else the names in brackets in the last message. */
export function itemsAsked(world: World, request: RespondentRequest): AskedItem[] {
  const properties = request.schema?.schema.properties as
    | { [name: string]: { enum?: readonly Json[]; type?: Json } }
    | undefined;
  const last = request.messages.at(-1)?.content ?? "";
  const asked: AskedItem[] = properties
    ? Object.entries(properties).map(([name, { enum: shown = [], type }]) => ({
      name,
      shown,
      isNumber: type === "integer" || type === "number",
    }))
    : Object.keys(world.items).filter((name) => last.includes(`[${name}]`))
      .map((name) => ({ name, shown: [], isNumber: false }));
  checkKnown(world, asked);
  return asked;
}

function checkKnown(world: World, asked: readonly AskedItem[]): void {
  const known = Object.keys(world.items).join(", ");
  if (asked.length === 0) {
    const names = Object.keys(world.items);
    const how = names.length === 0 ? "give a schema" : `write [${names[0]}] in the line, or give a schema`;
    throw new RangeError(
      `the request asks no item of the world '${world.name}': ${how} (its items are ${known || "none"})`,
    );
  }
  for (const { name } of asked) {
    if (Object.hasOwn(world.items, name) || attributeAsked(world, name) !== undefined) continue;
    const attributes = Object.keys(world.attributes).join(", ");
    throw new RangeError(
      `the world '${world.name}' has no item '${name}': its items are ${known} (attributes: ${attributes})`,
    );
  }
}
