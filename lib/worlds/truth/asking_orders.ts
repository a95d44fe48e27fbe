import type { OptionOrder } from "../../core/mod.ts";
import { itemOf } from "../answers/structural_answers.ts";
import type { World } from "../world.ts";
import { itemsTogether, type WorldConditions } from "./conditions.ts";

/**
 * Orders of the options that put each of them in the first and in the last place as often as all orders do: places
 * between have no effect, so a shuffle needs no more than its rotations.
 */
export function optionOrders(
  world: World,
  name: string,
  [options, orders]: readonly [readonly string[], OptionOrder | undefined],
): readonly (readonly string[])[] {
  const { kind } = itemOf(world, name);
  // A scale's points are not listed as options.
  if (kind === "scale") return [[]];
  switch (orders ?? (kind === "yesNo" ? "fixed" : "shuffled")) {
    case "fixed":
      return [options];
    case "reversed":
      return [options, [...options].reverse()];
    case "shuffled":
      return options.map((_, i) => [...options.slice(i), ...options.slice(0, i)]);
  }
}

/** Which of the items that shift an item stand before it, and how often. */
export function itemsBefore(
  world: World,
  name: string,
  itemOrder: WorldConditions["itemOrder"] = [name],
): { readonly before: readonly string[]; readonly share: number }[] {
  const after = world.behaviour.orderEffects?.[name]?.after ?? {};
  const shifting = itemsTogether(itemOrder).filter((other) => other !== name && Object.hasOwn(after, other));
  if ("shuffled" in itemOrder) return shuffledBefore(shifting);
  const place = itemOrder.indexOf(name);
  return [{ before: shifting.filter((other) => itemOrder.indexOf(other) < place), share: 1 }];
}

/** A set of b out of s items stands before another in b! (s − b)! of the (s + 1)! orders. */
function shuffledBefore(others: readonly string[]): ReturnType<typeof itemsBefore> {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const subsets = others.reduce<string[][]>(
    (sets, other) => [...sets, ...sets.map((set) => [...set, other])],
    [[]],
  );
  return subsets.map((before) => ({
    before,
    share: factorial(before.length) * factorial(others.length - before.length) / factorial(others.length + 1),
  }));
}
