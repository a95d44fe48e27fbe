import { checkDistinct, checkName, checkOneOf } from "../core/checks.ts";
import { sessionColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import type { Item } from "../core/item.ts";
import { flatSteps, type Protocol } from "../core/protocol.ts";
import { checkNoColumn } from "./features.ts";

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
    if (canonicalJson({ ...known }) !== canonicalJson({ ...item })) {
      throw new RangeError(cannot(action, "protocol", "ask one question by one name", item.name));
    }
    items.set(item.name, known);
  }
  const [asked, columns] = [[...items.keys()], Object.keys(sessionColumns)];
  const chosen = flat.flatMap((step) => step.kind === "play" ? step.game.items : []);
  // What a persona says of itself is told as it stands, and is what probes have of it.
  const told = stated.filter((name) => name !== "persona_text");
  const clash = [...asked, ...chosen, ...told].find((name) => columns.includes(name)) ??
    chosen.find((name) => asked.includes(name) || stated.includes(name));
  if (clash !== undefined) {
    const rule =
      "have names of their own for questions, choices in games, attributes and columns of sessions";
    throw new RangeError(cannot(action, "protocol", rule, clash));
  }
  for (const part of [...Object.values(roles), ...flat].flatMap((each) => Object.values(each))) {
    if (typeof part?.treatment !== "string") continue;
    if (factors.length > 0) checkOneOf(action, "protocol", part.treatment, factors);
    else {
      const rule = "read the text of an arm, treatment(), where the design has no factors";
      throw new RangeError(cannot(action, "protocol", rule, part.treatment));
    }
  }
  return [...items.values()];
}
