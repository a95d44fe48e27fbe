import type { Design } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { stream } from "../core/stream.ts";
import { declaredOptions, drawOptionOrder } from "../items/mod.ts";
import { choosesProfile } from "./questions.ts";

/** What somebody sees in which order, as JSON texts, the same in all its calls. */
export interface Orders {
  readonly items: string;
  readonly options: string;
  readonly features: string;
}

/** Draws what a persona sees in which order: questions, options, in a conjoint features. */
export function orderDrawer(
  { conjoint, items, itemOrder }: Pick<Design, "conjoint" | "items" | "itemOrder">,
  seed: number,
): (persona: string) => Orders {
  const names = items.map((item) => item.name);
  const features = Object.keys(conjoint?.features ?? {});
  // Profiles have a random order already: choosing between them keeps that of the table.
  const isDrawn = (item: Item) =>
    "order" in item && item.order !== "fixed" && !choosesProfile({ conjoint }, item);
  const declared = items.map((item) => ({ item, order: declaredOptions(item), drawn: isDrawn(item) }));
  const write = (orders: readonly (readonly string[])[]) =>
    JSON.stringify(Object.fromEntries(
      declared.flatMap(({ item }, i) => orders[i]!.length > 0 ? [[item.name, orders[i]]] : []),
    ));
  const fixed = {
    items: JSON.stringify(names),
    options: write(declared.map(({ order }) => order)),
    features: JSON.stringify(features),
  };
  // A stream costs a hash: it is opened only where something is drawn.
  const isAnyDrawn = declared.some(({ drawn }) => drawn);
  return (persona) => ({
    items: itemOrder === "shuffled"
      ? JSON.stringify(stream(seed, "item order", persona).shuffle(names))
      : fixed.items,
    options: isAnyDrawn
      ? write(
        declared.map(({ item, order, drawn }) =>
          drawn ? drawOptionOrder(item, stream(seed, "option order", persona, item.name)) : order
        ),
      )
      : fixed.options,
    features: conjoint?.featureOrder === "shuffled"
      ? JSON.stringify(stream(seed, "feature order", persona).shuffle(features))
      : fixed.features,
  });
}
