import { cannot } from "../core/errors.ts";
import { gatherCovariates, gatherUnits, noteLeftOut, noteReplies, type Units } from "../core/units.ts";
import type { EffectRequest } from "./effect_request.ts";
import type { Labelled } from "../core/table.ts";
import { type Covariate, covariateColumns, leaveOutLacking } from "../core/study.ts";

/** The units of all arms that a regression uses. */
export interface AdjustmentSample {
  /** The arms. */
  readonly arms: readonly string[];
  /** Each unit's arm, a place in `arms`. */
  readonly arm: Int32Array;
  /** Units of each arm. */
  readonly counts: Int32Array;
  /** Each unit's outcome. */
  readonly outcome: Float64Array;
  /** Columns of covariates. */
  readonly covariates: readonly Covariate[];
  /** Each unit's weight. */
  readonly weight: Float64Array | null;
  /** Each unit's block; only blocks that have units here are labelled. */
  readonly block: Labelled | null;
  /** Each unit's cluster. */
  readonly cluster: Int32Array | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Gathers the units that have an outcome and all covariates; personas in several arms become clusters. */
export function readAdjustmentSample({ study, covariates }: EffectRequest): AdjustmentSample {
  const { action } = study;
  const read = covariateColumns(action, study.table, covariates);
  const complete = leaveOutLacking(study, read);
  const units = gatherUnits(action, complete);
  const kept = [...units.arm.keys()].filter((at) => units.replies[at]! > 0);
  const take = (values: Float64Array) => pick(values, kept, new Float64Array(kept.length));
  const codes = (values: Int32Array) => pick(values, kept, new Int32Array(kept.length));
  const arm = codes(units.arm);
  const counts = new Int32Array(units.arms.length);
  for (let at = 0; at < arm.length; at++) counts[arm[at]!] = counts[arm[at]!]! + 1;
  const { cluster, note } = findClusters(units, kept, codes);
  const everyArm = [...units.arms.keys()];
  return {
    arms: units.arms,
    arm,
    counts,
    outcome: take(units.value),
    covariates: gatherCovariates(action, complete, units, read)
      .map(({ values, ...covariate }) => ({ ...covariate, values: take(values) })),
    weight: units.weight === null ? null : take(units.weight),
    block: units.block === null ? null : usedLabels(codes(units.block.codes), units.block.labels),
    cluster,
    notes: [...noteLeftOut(units, everyArm), ...noteReplies(units, everyArm), ...note],
  };
}

function pick<T extends Float64Array | Int32Array>(values: T, rows: readonly number[], taken: T): T {
  if (rows.length === values.length) return values;
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

/** The clusters that were assigned as one; else personas, where one is in several arms. */
function findClusters(
  units: Units,
  kept: readonly number[],
  codes: (values: Int32Array) => Int32Array,
): { cluster: Int32Array | null; note: string[] } {
  if (units.cluster !== null) {
    const cluster = codes(units.cluster.codes);
    return { cluster, note: [`${new Set(cluster).size} clusters`] };
  }
  if (units.persona === null) return { cluster: null, note: [] };
  const persona = codes(units.persona);
  const count = new Set(persona).size;
  if (count === kept.length) return { cluster: null, note: [] };
  return { cluster: persona, note: [`personas are in several arms: each of ${count} is a cluster`] };
}

/** Codes from 0 for the labels that occur, in their order. */
function usedLabels(codes: Int32Array, labels: readonly string[]): Labelled {
  const counts = new Int32Array(labels.length);
  for (let at = 0; at < codes.length; at++) counts[codes[at]!] = 1;
  const used = [...labels.keys()].filter((code) => counts[code] === 1);
  const places = new Int32Array(labels.length);
  used.forEach((code, place) => places[code] = place);
  return { codes: codes.map((code) => places[code]!), labels: used.map((code) => labels[code]!) };
}

/** Refuses blocks in which an arm has fewer than two units: slopes by block would fit such units exactly. */
export function checkBlockArms(action: string, { arm, arms, block }: AdjustmentSample): void {
  const counts = new Int32Array(block!.labels.length * arms.length);
  for (let at = 0; at < arm.length; at++) {
    const cell = block!.codes[at]! * arms.length + arm[at]!;
    counts[cell] = counts[cell]! + 1;
  }
  const cell = counts.findIndex((count) => count < 2);
  if (cell < 0) return;
  const [label, name] = [block!.labels[Math.floor(cell / arms.length)], arms[cell % arms.length]];
  throw new RangeError(
    `${
      cannot(
        action,
        "blocks",
        "hold at least two units of each arm for lin",
        `block '${label}' with ${counts[cell]} of '${name}'`,
      )
    }; use { estimator: "ols" } or "difference_in_means"`,
  );
}
