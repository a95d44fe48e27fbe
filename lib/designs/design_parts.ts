import {
  answerColumns,
  assignedColumns,
  cannot,
  checkName,
  checkProbabilities,
  checkText,
  type Item,
  personaColumns,
  planColumns,
  type Treatments,
} from "../core/mod.ts";

/** Reads the names of the arms. */
export function readArms(action: string, treatments: Treatments): string[] {
  if (!Array.isArray(treatments?.arms) || treatments.arms.length === 0) {
    const rule = "be the result of declareTreatments({ control: …, treated: … })";
    throw new TypeError(cannot(action, "treatments", rule, treatments));
  }
  const arms = treatments.arms.map((arm) => arm.name);
  for (const arm of arms) checkText(action, "treatments", arm);
  checkDistinct(action, "treatments", "name each arm once", arms);
  return arms;
}

/** Checks the names of the questions. */
export function checkItems(action: string, items: readonly Item[], attributes: readonly string[]): void {
  if (!Array.isArray(items) || items.length === 0) {
    throw new TypeError(cannot(action, "items", "be a list of at least one question", items));
  }
  const names = items.map((item) => item?.name);
  const columns = { ...personaColumns, ...assignedColumns, ...planColumns, ...answerColumns };
  for (const name of names) {
    checkName(action, "items", name);
    if (Object.hasOwn(columns, name)) {
      throw new RangeError(cannot(action, "items", "not have the name of a column of the experiment", name));
    }
    if (attributes.includes(name)) {
      throw new RangeError(cannot(action, "items", "not have the name of a block or cluster", name));
    }
  }
  checkDistinct(action, "items", "have distinct names", names);
}

/** Checks the names of the attributes that the model is told. */
export function checkStated(action: string, stated: unknown, items: readonly Item[]): void {
  if (!Array.isArray(stated)) {
    const rule = "list the attributes that the model is told of a person";
    const example = 'for example stated: ["age_group", "party"], or stated: [] to tell nothing';
    throw new TypeError(`${cannot(action, "stated", rule, stated)}; ${example}`);
  }
  const columns = { ...personaColumns, ...assignedColumns, ...planColumns, ...answerColumns };
  for (const name of stated) {
    checkText(action, "stated", name);
    if (Object.hasOwn(columns, name)) {
      throw new RangeError(cannot(action, "stated", "not name a column of the experiment", name));
    }
    if (items.some((item) => item.name === name)) {
      throw new RangeError(cannot(action, "stated", "not name a question", name));
    }
  }
  checkDistinct(action, "stated", "name each attribute once", stated);
}

/** Checks that no name occurs twice. */
export function checkDistinct(
  action: string,
  argument: string,
  rule: string,
  names: readonly string[],
): void {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new RangeError(cannot(action, argument, rule, `'${twice}' twice`));
}

/** Reads the probability of each arm. */
export function readProbabilities(
  action: string,
  probabilities: { readonly [arm: string]: number } | undefined,
  arms: readonly string[],
  subjects: "between" | "within",
  argument = "probabilities",
): { readonly [arm: string]: number } {
  if (probabilities === undefined) {
    const each = subjects === "within" ? 1 : 1 / arms.length;
    return Object.freeze(Object.fromEntries(arms.map((arm) => [arm, each])));
  }
  const named = Object.keys(Object(probabilities));
  if (named.length !== arms.length || !arms.every((arm) => named.includes(arm))) {
    throw new RangeError(cannot(action, argument, `name every arm (${arms.join(", ")})`, named));
  }
  const values = arms.map((arm) => probabilities[arm]);
  checkProbabilities(action, argument, values);
  const never = arms.find((_, place) => values[place] === 0);
  if (never !== undefined) {
    throw new RangeError(cannot(action, argument, "be above 0 for every arm", `0 for '${never}'`));
  }
  return Object.freeze(Object.fromEntries(arms.map((arm, place) => [arm, values[place]!])));
}

/** Reads the probability of each arm in blocks that have their own. */
export function readBlockProbabilities(
  action: string,
  blocks: { readonly [block: string]: { readonly [arm: string]: number } } | undefined,
  arms: readonly string[],
): { readonly [block: string]: { readonly [arm: string]: number } } {
  if (blocks === undefined) return Object.freeze({});
  if (typeof blocks !== "object" || blocks === null || Array.isArray(blocks)) {
    const rule = "be an object of probabilities by block and arm";
    throw new TypeError(cannot(action, "blockProbabilities", rule, blocks));
  }
  return Object.freeze(Object.fromEntries(
    Object.entries(blocks).map(([block, probabilities]) => {
      const read = readProbabilities(
        action,
        Object(probabilities),
        arms,
        "between",
        `blockProbabilities.${block}`,
      );
      return [block, read];
    }),
  ));
}
