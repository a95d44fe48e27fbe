import { answerColumns, personaColumns, planColumns } from "../core/mod.ts";

/** Columns that later tables add to the personas' own, so that no attribute may be called so. */
const reserved: readonly string[] = [
  ...Object.keys(personaColumns),
  "arm",
  "arm_probability",
  ...Object.keys(planColumns),
  ...Object.keys(answerColumns),
];

/** Checks that no attribute has the name of a column that a later step of an experiment adds. */
export function checkAttributeNames(action: string, argument: string, names: readonly string[]): void {
  const taken = names.find((name) => reserved.includes(name));
  if (taken === undefined) return;
  throw new RangeError(
    `Cannot ${action} as '${argument}' must not have an attribute '${taken}', which is a column of the ` +
      `experiment's own tables: rename it${
        taken === "weight" ? ", or name it as a column of weights with { weights: 'weight' }" : ""
      }`,
  );
}
