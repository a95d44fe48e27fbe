import { cannot, checkName } from "../core/mod.ts";
import type {
  Coefficients,
  LinearPredictor,
  World,
  WorldDeclaration,
  WorldItem,
  WorldScale,
} from "./world.ts";

const action = "declare a world";

/** Checks that everything a world names exists. */
export function checkWorld(
  world: Omit<World, "vocabulary" | "fingerprint">,
  declaration: WorldDeclaration,
): void {
  if (!(world.drift >= 0 && world.drift <= 1)) {
    throw new RangeError(cannot(action, "drift", "lie from 0 to 1", world.drift));
  }
  for (const [name, phrases] of Object.entries(world.stimuli)) {
    checkName(action, "stimuli", name);
    if (
      phrases.length === 0 || phrases.some((phrase) => typeof phrase !== "string" || phrase.trim() === "")
    ) {
      throw new TypeError(cannot(action, `stimuli.${name}`, "be a phrase or a list of phrases", phrases));
    }
  }
  for (const [name, coefficients] of Object.entries(world.exposure)) {
    checkStimulus(world, `exposure.${name}`, name);
    checkCoefficients(world, `exposure.${name}`, coefficients);
  }
  for (const [name, extension] of Object.entries(declaration.attributes ?? {})) {
    checkName(action, "attributes", name);
    checkNames(`attributes.${name}`, extension, ["parents", "levels"]);
    for (const parent of extension.parents ?? []) checkAttribute(world, `attributes.${name}.parents`, parent);
    const before = [...(extension.parents ?? [])];
    for (const [level, predictor] of Object.entries(extension.levels)) {
      checkNames(`attributes.${name}.levels.${level}`, predictor, predictorNames);
      checkPredictor(world, `attributes.${name}.levels.${level}`, predictor);
      const foreign = Object.keys(predictor.effects ?? {}).find((attribute) => !before.includes(attribute));
      if (foreign !== undefined) {
        throw new RangeError(
          cannot(action, `attributes.${name}.parents`, `name '${foreign}', which it depends on`, before),
        );
      }
    }
  }
  for (const [name, item] of Object.entries(world.items)) {
    checkName(action, "items", name);
    checkItem(world, `items.${name}`, item);
  }
  if (world.refusal) {
    checkNames("refusal", world.refusal, predictorNames);
    checkPredictor(world, "refusal", world.refusal);
  }
}

/** A misspelt name would otherwise be an effect of 0. */
function checkNames(argument: string, part: object, known: readonly string[]): void {
  const unknown = Object.keys(part).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot ${action} as '${argument}' has no '${unknown}': it may have ${known.join(", ")}`,
    );
  }
}

type Parts = Pick<World, "attributes" | "stimuli">;

const predictorNames = ["intercept", "effects", "stimuli"];
const itemNames: { readonly [kind: string]: readonly string[] } = {
  scale: ["kind", "range", "step", "sd", ...predictorNames],
  yesNo: ["kind", ...predictorNames],
  choice: ["kind", "options"],
  attribute: ["kind", "attribute"],
};

function checkItem(world: Parts, argument: string, item: WorldItem): void {
  checkNames(argument, item, itemNames[item.kind] ?? Object.keys(item));
  switch (item.kind) {
    case "scale":
      if (!(item.sd > 0)) throw new RangeError(cannot(action, `${argument}.sd`, "be above 0", item.sd));
      if (!(item.range?.[0] < item.range?.[1])) {
        throw new RangeError(
          cannot(action, `${argument}.range`, "go from a lower to a higher value", item.range),
        );
      }
      checkStep(argument, item);
      return checkPredictor(world, argument, item);
    case "yesNo":
      return checkPredictor(world, argument, item);
    case "choice":
      for (const [option, predictor] of Object.entries(item.options)) {
        checkNames(`${argument}.options.${option}`, predictor, predictorNames);
        checkPredictor(world, `${argument}.options.${option}`, predictor);
      }
      return;
    case "attribute":
      return checkAttribute(world, argument, item.attribute);
    default:
      throw new RangeError(
        cannot(
          action,
          `${argument}.kind`,
          "be scale, choice, yesNo or attribute",
          (item as { kind: unknown }).kind,
        ),
      );
  }
}

function checkStep(argument: string, { range, step = 1 }: WorldScale): void {
  const steps = (range[1] - range[0]) / step;
  if (!(step > 0) || Math.abs(steps - Math.round(steps)) > 1e-9) {
    throw new RangeError(cannot(action, `${argument}.step`, `divide the range ${range.join(" to ")}`, step));
  }
}

function checkPredictor(world: Parts, argument: string, predictor: LinearPredictor): void {
  checkCoefficients(world, `${argument}.effects`, predictor.effects ?? {});
  for (const [stimulus, effect] of Object.entries(predictor.stimuli ?? {})) {
    checkStimulus(world, `${argument}.stimuli`, stimulus);
    if (!Number.isFinite(effect.effect)) {
      throw new TypeError(
        cannot(action, `${argument}.stimuli.${stimulus}.effect`, "be a number", effect.effect),
      );
    }
    checkNames(`${argument}.stimuli.${stimulus}`, effect, ["effect", "by"]);
    checkCoefficients(world, `${argument}.stimuli.${stimulus}.by`, effect.by ?? {});
  }
}

function checkCoefficients(world: Parts, argument: string, coefficients: Coefficients): void {
  for (const [attribute, byLevel] of Object.entries(coefficients)) {
    checkAttribute(world, argument, attribute);
    for (const [level, value] of Object.entries(byLevel)) {
      if (!world.attributes[attribute]!.includes(level)) {
        throw new RangeError(
          cannot(
            action,
            `${argument}.${attribute}`,
            `name levels (${world.attributes[attribute]!.join(", ")})`,
            level,
          ),
        );
      }
      if (!Number.isFinite(value)) {
        throw new TypeError(cannot(action, `${argument}.${attribute}.${level}`, "be a number", value));
      }
    }
  }
}

function checkAttribute(world: Parts, argument: string, attribute: string): void {
  if (!Object.hasOwn(world.attributes, attribute)) {
    throw new RangeError(
      cannot(action, argument, `name attributes (${Object.keys(world.attributes).join(", ")})`, attribute),
    );
  }
}

function checkStimulus(world: Parts, argument: string, stimulus: string): void {
  if (!Object.hasOwn(world.stimuli, stimulus)) {
    throw new RangeError(
      cannot(action, argument, `name stimuli (${Object.keys(world.stimuli).join(", ")})`, stimulus),
    );
  }
}
