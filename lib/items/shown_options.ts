import type { Item, RandomStream } from "../core/mod.ts";

/** The options of an item in the declared order; empty for numbers and free text. */
export function declaredOptions(item: Item): readonly string[] {
  switch (item.kind) {
    case "likert":
      return Array.from({ length: item.points }, (_, i) => String(i + 1));
    case "choice":
    case "multipleChoice":
      return item.options;
    case "yesNo":
      return ["yes", "no"];
    case "number":
    case "text":
      return [];
  }
}

/** Draws the order in which one persona sees an item's options. */
export function drawOptionOrder(item: Item, random: RandomStream): readonly string[] {
  const options = declaredOptions(item);
  const order = "order" in item ? item.order : "fixed";
  if (order === "shuffled") return random.shuffle(options);
  if (order === "reversed" && random.integer(2) === 1) return [...options].reverse();
  return options;
}

/** The letter of the option shown at a place, from 0: A, B, … Z, AA, AB, … */
export function optionLetter(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26));
  return place < 26 ? letter : optionLetter(Math.floor(place / 26) - 1) + letter;
}
