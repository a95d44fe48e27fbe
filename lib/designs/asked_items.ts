import { checkDistinct, checkName, checkOneOf } from "../core/checks.ts";
import { sessionColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/hash.ts";
import type { Item } from "../core/item.ts";
import { flatSteps, type Protocol } from "../core/protocol.ts";
import { checkNoColumn } from "./features.ts";

/** Checks a list of questions: at least one, with names of their own that no column has. */
export function checkItems(
  action: string,
  argument: string,
  items: unknown,
): asserts items is readonly Item[] {
  if (!Array.isArray(items) || items.length === 0) {
    throw new TypeError(cannot(action, argument, "be a list of at least one question", items));
  }
  const names = (items as readonly Item[]).map((item) => item?.name);
  for (const name of names) {
    checkName(action, argument, name);
    checkNoColumn(action, argument, name);
  }
  checkDistinct(action, argument, "have distinct names", names);
}

/** Checks that a value is what declareProtocol makes. */
export function checkProtocol(action: string, argument: string, protocol: unknown): void {
  const { roles, hears, memory, steps } = Object(protocol) as Partial<Protocol>;
  if (roles && memory && typeof hears === "function" && Array.isArray(steps)) return;
  throw new TypeError(cannot(action, argument, "be the result of declareProtocol({ steps })", protocol));
}

/**
 * The questions of a protocol: those of its ask steps, each once. Checks what takes the design: that a factor whose text
 * is read exists, and that questions, choices in games and stated attributes have names of their own.
 */
export function protocolItems(
  action: string,
  { roles, steps }: Protocol,
  { factors, stated }: { readonly factors: readonly string[]; readonly stated: readonly string[] },
): readonly Item[] {
  const flat = flatSteps(steps);
  const items = new Map<string, Item>();
  for (const item of flat.flatMap((step) => step.kind === "ask" ? step.items : [])) {
    const known = items.get(item.name) ?? item;
    if (canonicalJson(known as unknown as Json) !== canonicalJson(item as unknown as Json)) {
      const rule = "ask the same question where it has the same name";
      throw new RangeError(cannot(action, "protocol", rule, `two questions '${item.name}'`));
    }
    items.set(item.name, known);
  }
  const choices = flat.flatMap((step) => step.kind === "play" ? step.game.items : []);
  for (
    const [what, names, taken] of [
      ["a question like a column of sessions", [...items.keys(), ...choices], Object.keys(sessionColumns)],
      ["a stated attribute like a column of sessions", stated, Object.keys(sessionColumns)],
      ["a choice in a game like a question", choices, [...items.keys()]],
      ["a choice in a game like a stated attribute", choices, stated],
    ] as const
  ) {
    const found = names.find((name) => taken.includes(name));
    if (found !== undefined) throw new RangeError(cannot(action, "protocol", `not name ${what}`, found));
  }
  const texts = [...Object.values(roles), ...flat].flatMap((part) => Object.values(part) as unknown[]);
  for (const text of texts) {
    const { treatment } = Object(text) as { treatment?: string | null };
    if (typeof treatment === "string") checkOneOf(action, "protocol", treatment, factors);
  }
  return [...items.values()];
}
