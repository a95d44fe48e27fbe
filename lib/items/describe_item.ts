import type { Item } from "../core/mod.ts";
import { declaredOptions, optionLetter } from "./shown_options.ts";

/**
 * Writes a question as its subject reads it: the text, the options in the order shown, and how to answer.
 *
 * @param item the question
 * @param shown the options in the order shown; the declared order if not given
 * @returns several lines
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { choice, describeItem } from "@understudy/understudy/items";
 *
 * const item = choice("news", "Where do you get your news?", ["paper", "tv"]);
 * assertStringIncludes(describeItem(item, ["tv", "paper"]), "A. tv\nB. paper");
 * ```
 */
export function describeItem(item: Item, shown: readonly string[] = declaredOptions(item)): string {
  switch (item.kind) {
    case "likert":
      return `${item.text}\n${describeScale(item.labels, shown)}`;
    case "choice":
      return `${item.text}\n${listOptions(shown)}\nAnswer with the text of one option.`;
    case "multipleChoice":
      return `${item.text}\n${listOptions(shown)}\nAnswer with a list of ${
        item.minimum === item.maximum ? item.minimum : `${item.minimum} to ${item.maximum}`
      } options.`;
    case "yesNo":
      return `${item.text}\nAnswer with ${shown.join(" or ")}.`;
    case "number":
      return `${item.text}\nAnswer with a ${item.whole ? "whole " : ""}number${
        describeLimits(item.minimum, item.maximum)
      }.`;
    case "text":
      return `${item.text}\nAnswer in your own words.`;
  }
}

function describeScale(labels: readonly string[], shown: readonly string[]): string {
  const point = (value: string) => {
    const label = labels[Number(value) - 1];
    return label ? `${value} (${label})` : value;
  };
  if (labels.every((label) => label !== "")) {
    return `Answer with one number: ${shown.map(point).join(", ")}.`;
  }
  return `Answer with a whole number from ${point(shown[0]!)} to ${point(shown[shown.length - 1]!)}.`;
}

function listOptions(shown: readonly string[]): string {
  return shown.map((option, place) => `${optionLetter(place)}. ${option}`).join("\n");
}

function describeLimits(minimum: number | null, maximum: number | null): string {
  if (minimum !== null && maximum !== null) return ` from ${minimum} to ${maximum}`;
  if (minimum !== null) return ` of at least ${minimum}`;
  if (maximum !== null) return ` of at most ${maximum}`;
  return "";
}
