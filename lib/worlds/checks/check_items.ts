import { cannot, checkName } from "../../core/mod.ts";
import {
  action,
  checkAttribute,
  checkGrid,
  checkNames,
  checkNotInherited,
  checkPredictor,
  checkSd,
  checkThresholds,
  type Parts,
  predictorNames,
} from "./check_predictor.ts";
import { gridValues } from "../people/grid.ts";
import type { WorldItem } from "../world.ts";

const itemNames: { readonly [kind: string]: readonly string[] } = {
  scale: ["kind", "range", "step", "sd", "thresholds", ...predictorNames],
  yesNo: ["kind", ...predictorNames],
  choice: ["kind", "options"],
  attribute: ["kind", "attribute"],
};

/** Checks how an item is answered. */
export function checkItem(world: Parts, name: string, item: WorldItem): void {
  checkName(action, "items", name);
  checkNotInherited("items", name);
  const argument = `items.${name}`;
  checkNames(argument, item, itemNames[item?.kind] ?? Object.keys(item ?? {}));
  switch (item.kind) {
    case "scale":
      checkSd(`${argument}.sd`, item.sd);
      checkGrid(argument, item.range, item.step);
      if (item.thresholds !== undefined) {
        checkThresholds(argument, item.thresholds, gridValues(item.range, item.step).length);
      }
      return checkPredictor(world, argument, item);
    case "yesNo":
      return checkPredictor(world, argument, item);
    case "choice":
      checkNames(`${argument}.options`, item.options, Object.keys(item.options ?? {}));
      for (const [option, predictor] of Object.entries(item.options)) {
        checkNames(`${argument}.options.${option}`, predictor, predictorNames);
        checkPredictor(world, `${argument}.options.${option}`, predictor);
      }
      return;
    case "attribute":
      return checkAttribute(world, argument, item.attribute);
    default: {
      const { kind } = item as { kind: unknown };
      throw new RangeError(cannot(action, `${argument}.kind`, "be scale, choice, yesNo or attribute", kind));
    }
  }
}
