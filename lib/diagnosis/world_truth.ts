import { cannot, type Design, type Table } from "../core/mod.ts";
import type { World } from "../worlds/declaration.ts";
import { armStimuli } from "../worlds/factors.ts";
import { worldTruth } from "../worlds/truth.ts";
import type { EstimateRecord } from "./simulated_estimates.ts";

/** Where the truth comes from. */
export interface TruthSource {
  /** The design that was run. */
  readonly design: Design;
  /** The world that answered. */
  readonly world: World;
  /** Who was asked. */
  readonly personas: Table;
  /** The attributes that their texts state. */
  readonly stated: readonly string[];
}

/** The world's causal effect for each row of an estimates table, computed once for each outcome and term. */
export function knownEffects(action: string, source: TruthSource): (row: EstimateRecord) => number {
  const { design, world, personas, stated } = source;
  const seen = new Map<string, number>();
  return (row) => {
    const reference = String(row.reference ?? design.reference);
    const key = JSON.stringify([row.outcome, row.arm, reference]);
    if (!seen.has(key)) {
      const effect = worldTruth(world, {
        ...readOutcome(action, world, row),
        stimulus: readStimulus(action, world, row.arm, "arm"),
        reference: readStimulus(action, world, reference, "reference"),
        personas,
        stated,
      });
      seen.set(key, effect.get("value", 0) as number);
    }
    return seen.get(key)!;
  };
}

/** The item, or where the estimate is of the share of an answer (`item = answer`), both. */
function readOutcome(
  action: string,
  world: World,
  row: EstimateRecord,
): { outcome: string; category?: string } {
  const text = String(row.outcome);
  if (Object.hasOwn(world.items, text)) return { outcome: text };
  const [outcome, ...rest] = text.split(" = ");
  if (rest.length > 0 && Object.hasOwn(world.items, outcome!)) {
    return { outcome: outcome!, category: rest.join(" = ") };
  }
  throw new RangeError(
    `${
      cannot(
        action,
        "outcome",
        `name an item of the world (${Object.keys(world.items).join(", ")})`,
        row.outcome,
      )
    }; ` +
      "for other quantities say what is true, for example { truth: 0.3 }",
  );
}

function readStimulus(action: string, world: World, name: unknown, column: string): string {
  if (typeof name === "string" && armStimuli(world, name) !== undefined) return name;
  throw new RangeError(
    `${
      cannot(action, column, `name a stimulus of the world (${Object.keys(world.stimuli).join(", ")})`, name)
    }; ` +
      "for other quantities say what is true, for example { truth: 0.3 }",
  );
}
