import { checkColumns } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import { assignmentRules, column, columns, type RulesFor } from "../core/options.ts";
import { type IntervalOptions, intervalRules, type OutcomeOptions, outcomeRules } from "../core/options.ts";
import { type WeightOptions, weightRules } from "../core/options.ts";
import { noteNobody, readOutcome, readStudy, type Study } from "../core/study.ts";
import { columnOf, combineLabels, encodeLabels, isTable, type Table, valuesOf } from "../core/table.ts";
import { gatherUnits, noteLeftOut, noteReplies, takeCodes, takeNumbers, type Units } from "../core/units.ts";
import { checkMet, noteImputed, splitTable } from "./pairing_checks.ts";

/** How people's answers and a model's are held together. */
export interface PairingOptions extends OutcomeOptions, WeightOptions, IntervalOptions {
  /**
   * The column that names the persona, in both tables: a person's answer is predicted by that of the synthetic persona of
   * the same name.
   * @default {"persona_id"}
   */
  persona?: string;
  /**
   * Columns, in both tables, whose combinations are cells: a person's answer is predicted by the mean of the synthetic
   * answers in the same cell. For people who have no persona of their own.
   * @default {undefined} persons are paired by name
   */
  strata?: string | readonly string[];
  /**
   * The column, in both tables (with `strata` in people's), with each one's known probability of being asked as a human,
   * where it was not the same for all.
   * @default {undefined} people are a random sample of those whom the personas stand for
   */
  labelProbability?: string;
}

export const pairingRules = {
  ...outcomeRules,
  ...weightRules,
  ...intervalRules,
  persona: assignmentRules.persona,
  strata: columns,
  labelProbability: column,
} as const satisfies RulesFor<PairingOptions>;

/** People, or synthetic personas whom no person stands for: one entry per unit, a persona in an arm. */
export interface PairedUnits {
  /** The rows of the outcome. */
  readonly table: Table;
  /** Each unit's first row in `table`. */
  readonly row: Int32Array;
  /** Each unit's persona: units with the same number are one persona. */
  readonly persona: Int32Array;
  /** The personas' names, or, where they have none, their numbers. */
  readonly names: readonly (string | number)[];
  /** Each unit's place among the arms; 0 where none are told apart. */
  readonly arm: Int32Array;
  /** What the model says that the unit answers, in its own arm. */
  readonly prediction: Float64Array;
  /** The same in each arm; `NaN` where the model was not asked. */
  readonly predictions: readonly Float64Array[];
  readonly weight: Float64Array | null;
}

/** People's answers beside what a model said that they would answer, and what it said of others. */
export interface PairedAnswers {
  /** The arms in sorted order; one without a name where none are told apart. */
  readonly arms: readonly string[];
  readonly human: PairedUnits & { readonly outcome: Float64Array };
  /** Synthetic personas for whom no person answered: each one's outcome is its prediction. */
  readonly pool: PairedUnits;
  /** The study of the human rows, for its reference and assignment. */
  readonly study: Study;
  readonly notes: readonly string[];
}

export type PairingRequest = { readonly [Name in keyof PairingOptions]: PairingOptions[Name] | undefined } & {
  readonly outcome: string;
  /** The column of arms that are compared; left out, units are told apart by `arm` where both tables have it. */
  readonly arm?: string;
  /** Whether there must be personas for whom no person answered; they must if left out. */
  readonly pool?: boolean;
};

/** One table's units, by which persona or cell of the synthetic table they meet the other's: its place, or -1. */
interface Side {
  readonly study: Study;
  readonly units: Units;
  readonly place: Int32Array;
  readonly names: readonly string[];
}

/**
 * Reads people's answers and a model's, and pairs them by persona or by cells. A unit is a persona, where both tables have
 * arms in an arm. One without a usable synthetic answer, whether a person stands behind it or not, is predicted by the
 * mean of its arm: whatever a prediction is, intervals hold as long as people and others are predicted alike.
 *
 * @param synthetic the model's answers, or the column of `human` that says `human` or `synthetic`
 * @throws {RangeError} if personas or cells do not meet, or nobody is left
 */
export function readPairs(
  action: string,
  human: Table,
  synthetic: Table | string,
  request: PairingRequest,
): PairedAnswers {
  const tables = isTable(synthetic) ? [human, synthetic] : splitTable(action, human, synthetic);
  const arm = request.arm ??
    (tables.every((table) => isTable(table) && table.columnNames().includes("arm")) ? "arm" : null);
  const models = readSide(action, tables[1]!, request, arm, "synthetic");
  const people = readSide(action, tables[0]!, request, arm, "human", models.names);
  const predict = predictionsOf(people.units.arms, models);
  const silent = people.units.arms.find((_, place) => predict.count(place) === 0);
  checkGiven(action, [people, models], silent, request);
  const named = new Uint8Array(models.names.length);
  if (request.strata === undefined) { for (const place of people.place) named[place] = 1; }
  const armOf = models.units.arms.map((name) => people.units.arms.indexOf(name));
  const answered = placesWhere(people.place.length, (at) => people.units.replies[at]! > 0);
  const unasked = placesWhere(
    models.place.length,
    (at) =>
      armOf[models.units.arm[at]!]! >= 0 && named[models.place[at]!] !== 1 &&
      (models.units.weight === null || models.units.weight[at]! > 0),
  );
  const need = (argument: string, rule: string, found: Int32Array) => {
    if (found.length === 0) throw new RangeError(cannot(action, argument, rule, "none"));
  };
  need("human", `hold an answer to '${request.outcome}'`, answered);
  const others = "hold personas for whom no person answered, as from samplePersonas";
  if (request.pool !== false) need("synthetic", others, unasked);
  const take = (side: Side, at: Int32Array, arm: Int32Array): PairedUnits => {
    const predictions = people.units.arms.map((_, own) => predict.each(takeCodes(side.place, at), own));
    const prediction = new Float64Array(at.length);
    arm.forEach((own, i) => {
      const told = predictions[own]![i]!;
      prediction[i] = Number.isNaN(told) ? predict.mean(own) : told;
    });
    return {
      table: side.study.table,
      row: takeCodes(side.units.row, at),
      persona: takeCodes(side.units.persona ?? Int32Array.from(side.units.arm.keys()), at),
      names: side.study.persona?.labels ?? [...side.units.row.keys()],
      arm,
      prediction,
      predictions,
      weight: weightsOf(action, side, at, request, side === people),
    };
  };
  const sides = [
    take(people, answered, takeCodes(people.units.arm, answered)),
    take(models, unasked, Int32Array.from(unasked, (at) => armOf[models.units.arm[at]!]!)),
  ] as const;
  if (request.labelProbability !== undefined && request.strata === undefined) {
    checkChances(action, request.labelProbability, people, models);
  }
  return {
    arms: people.units.arms,
    human: { ...sides[0], outcome: takeNumbers(people.units.value, answered) },
    pool: sides[1],
    study: people.study,
    notes: [
      ...noteSide("people", people, request.category),
      ...noteSide("personas", models, request.category),
      ...noteImputed(sides),
    ],
  };
}

function readSide(
  action: string,
  table: Table,
  request: PairingRequest,
  arm: string | null,
  argument: string,
  known?: readonly string[],
): Side {
  const { persona = "persona_id", strata, labelProbability } = request;
  const cells = [strata ?? []].flat();
  // Of personas in cells nobody was asked: each stands for itself.
  const chances = argument === "synthetic" && cells.length > 0 ? undefined : labelProbability;
  checkColumns(action, table, [...(cells.length > 0 ? cells : [persona]), chances ?? []].flat(), argument);
  const study = readStudy(action, table, {
    ...{ ...request, argument },
    // People are asked once as a rule, in no step.
    ...(table.columnNames().includes("step") ? {} : { step: undefined, round: undefined }),
    elicited: "expected",
    // Of a few people nobody may give an answer that the model gives, and the other way round.
    readValues: (values) => readOutcome(action, request.outcome, values, request.category, true),
    arm,
    blocks: [],
    clusters: null,
  });
  const encode = (name: string) => encodeLabels(action, name, valuesOf(study.table, name));
  // Where no arms are told apart, all are in one. Personas of one text are draws of people all the same.
  const told = {
    ...study,
    arm: arm === null ? { ...study.arm, labels: [""] } : study.arm,
    prompts: argument === "synthetic" ? [] : study.prompts,
  };
  const units = gatherUnits(action, told);
  const { codes, labels } = cells.length > 0 ? combineLabels(cells.map(encode)) : study.persona!;
  // Personas are many and people few: each name of theirs is looked for among people's, not the other way round.
  const own = new Map(known === undefined ? [] : labels.map((name, at) => [name, at]));
  const placeOf = known === undefined
    ? Int32Array.from(labels.keys())
    : new Int32Array(labels.length).fill(-1);
  known?.forEach((name, at) => {
    const met = own.get(name);
    if (met !== undefined) placeOf[met] = at;
  });
  const more = '; to pair people by what is known of them, use { strata: ["…"] }';
  const [name, advice] = cells.length > 0 ? [cells.join(", "), ""] : [persona, more];
  if (known !== undefined && placeOf.includes(-1)) checkMet(action, name, [labels, known], advice);
  const place = units.row.map((row) => codes[row]! < 0 ? -1 : placeOf[codes[row]!]!);
  return { study, units, place, names: labels };
}

/** The places, of so many, that are wanted. */
export function placesWhere(count: number, isWanted: (at: number) => boolean): Int32Array {
  const places = new Int32Array(count);
  let found = 0;
  for (let at = 0; at < count; at++) if (isWanted(at)) places[found++] = at;
  return places.slice(0, found);
}

/** That the model answers in an arm that people are in, and that a category which nobody gave is an answer of it. */
function checkGiven(
  action: string,
  sides: Side[],
  silent: string | undefined,
  request: PairingRequest,
): void {
  const { outcome, category } = request;
  if (silent !== undefined) {
    const [ours, theirs] = sides.map(({ units }) => units.arms.map((arm) => showValue(arm)).join(", "));
    const apart = `'human' has arms ${ours}, 'synthetic' ${theirs}: the codebook's \`codes\` name them`;
    const { units } = sides[1]!;
    const lost = noteLeftOut(units, [...units.arms.keys()].filter((own) => units.arms[own] === silent));
    const rule = `hold an answer to '${outcome}'${silent === "" ? "" : ` in arm '${silent}'`}`;
    throw new RangeError(
      [cannot(action, "synthetic", rule, "none"), ...lost.length > 0 ? lost : [apart]].join("; "),
    );
  }
  if (sides.some(({ study }) => noteNobody(study, category).length === 0)) return;
  const answers = sides.flatMap(({ study }) => columnOf(study.table, outcome));
  readOutcome(action, outcome, answers, category);
}

/** What the model says of a persona, or of a cell, in an arm; the means stand in where it says nothing. */
function predictionsOf(arms: readonly string[], { units, names, place }: Side) {
  const sums = arms.map(() => new Float64Array(names.length));
  const counts = arms.map(() => new Int32Array(names.length));
  const totals = arms.map(() => [0, 0] as [sum: number, count: number]);
  const armOf = units.arms.map((name) => arms.indexOf(name));
  for (let at = 0; at < units.value.length; at++) {
    const [arm, own] = [armOf[units.arm[at]!]!, place[at]!];
    if (arm < 0 || units.replies[at] === 0) continue;
    totals[arm]![0] += units.value[at]!;
    totals[arm]![1]++;
    if (own < 0) continue;
    sums[arm]![own]! += units.value[at]!;
    counts[arm]![own]!++;
  }
  return {
    count: (arm: number): number => totals[arm]![1],
    mean: (arm: number): number => totals[arm]![0] / totals[arm]![1],
    /** `NaN` where the model said nothing. */
    each: (places: Int32Array, arm: number): Float64Array => {
      const told = new Float64Array(places.length).fill(NaN);
      places.forEach((place, at) => {
        if (place >= 0) told[at] = sums[arm]![place]! / counts[arm]![place]!;
      });
      return told;
    },
  };
}

/** That a person's chance of being asked is that of the persona of the same name. */
function checkChances(action: string, name: string, people: Side, models: Side): void {
  const chances = ({ study, units }: Side) => {
    const values = valuesOf(study.table, name);
    return Array.from(units.row, (row) => values[row]);
  };
  const told = new Map(chances(models).map((chance, at) => [models.place[at]!, chance]));
  chances(people).forEach((chance, at) => {
    const other = told.get(people.place[at]!) ?? chance;
    if (other === chance) return;
    throw new RangeError(cannot(action, name, `be the same in both tables, ${showValue(chance)}`, other));
  });
}

/** Weights; where the chance of being asked differed, such that people, and the personas left, each stand for all. */
function weightsOf(
  action: string,
  { study, units }: Side,
  at: Int32Array,
  { labelProbability, strata }: PairingRequest,
  asked: boolean,
): Float64Array | null {
  const own = units.weight === null ? null : takeNumbers(units.weight, at);
  if (labelProbability === undefined || !asked && strata !== undefined) return own;
  const chances = valuesOf(study.table, labelProbability);
  return Float64Array.from(at, (unit, i) => {
    const chance = chances[units.row[unit]!];
    const share = asked ? chance : 1 - Number(chance);
    if (typeof chance === "number" && typeof share === "number" && share > 0 && share <= 1) {
      return (own?.[i] ?? 1) / share;
    }
    const rule = asked
      ? "be above 0 and at most 1 for people"
      : "be at least 0 and below 1 for personas not asked";
    throw new RangeError(cannot(action, labelProbability, rule, chance));
  });
}

function noteSide(what: string, { study, units }: Side, category: unknown): string[] {
  const arms = [...units.arms.keys()];
  const notes = [...noteNobody(study, category), ...noteLeftOut(units, arms), ...noteReplies(units, arms)];
  return notes.map((note) => `${what}: ${note}`);
}
