import { cannot } from "../../core/errors.ts";
import { pickOutcome, readStudy, type Study } from "../../core/study.ts";
import { distinct, type Table } from "../../core/table.ts";
import { readCovariates } from "../../designs/balance_distance.ts";
import type { RandomizationOptions } from "./randomization_options.ts";

/** A unit that can stand in an arm: a persona in an arm, or a row. */
export interface RandomizationUnit {
  readonly arm: number;
  readonly block: number;
  readonly cluster: number;
  readonly persona: number;
  /** The mean of its replies for each outcome; `NaN` where it has none. */
  readonly outcomes: number[];
  /** Its covariates. */
  readonly covariates: readonly number[];
  readonly balanced: readonly number[];
}

/** The units of a table. */
export interface RandomizationUnits {
  /** The arms, in sorted order. */
  readonly arms: readonly string[];
  readonly units: readonly RandomizationUnit[];
  readonly blocked: boolean;
  readonly clustered: boolean;
  readonly personal: boolean;
  /** For each outcome and arm, why rows were left out and how many. */
  readonly leftOut: readonly (readonly ReadonlyMap<string, number>[])[];
}

/** Gathers the rows of a table to units; outcomes of the same persona and arm (or row) belong to the same unit. */
export function gatherRandomizationUnits(
  action: string,
  table: Table,
  outcomes: readonly string[],
  options: RandomizationOptions,
): RandomizationUnits {
  const held = new Map<string, RandomizationUnit & { replies: number[] }>();
  const read = outcomes.map((outcome) => readStudy(action, table, effectOptions(outcome, options)));
  checkMatchable(action, outcomes, read, table);
  const arms = distinct(read.flatMap((rows) => rows.arm.labels));
  const codes = codeNames();
  const leftOut = read.map((rows, place) => {
    const known = covariateColumns(action, table, outcomes[place]!, options);
    const counts = arms.map(() => new Map<string, number>());
    for (let row = 0; row < rows.value.length; row++) {
      if (rows.arm.codes[row]! < 0) continue;
      const arm = arms.indexOf(rows.arm.labels[rows.arm.codes[row]!]!);
      const unit = unitOf(held, { rows, row, arm, codes, known, count: outcomes.length });
      const why = rows.leftOut[row];
      if (why !== undefined) counts[arm]!.set(why, (counts[arm]!.get(why) ?? 0) + 1);
      else {
        const replies = unit.replies[place]!;
        const before = replies === 0 ? 0 : unit.outcomes[place]!;
        unit.outcomes[place] = before + (rows.value[row]! - before) / (replies + 1);
        unit.replies[place] = replies + 1;
      }
    }
    return counts;
  });
  const [first] = read;
  return {
    arms,
    units: [...held.values()],
    blocked: first!.block !== null,
    clustered: first!.cluster !== null,
    personal: first!.persona !== null,
    leftOut,
  };
}

type EffectOptions = Parameters<typeof readStudy>[2];

function effectOptions(outcome: string, options: RandomizationOptions): EffectOptions {
  const { arm, blocks, clusters, persona, category } = options;
  const given = Object.entries({ arm, blocks, clusters, persona, category })
    .filter(([, value]) => value !== undefined);
  return { outcome, ...Object.fromEntries(given) } as EffectOptions;
}

function checkMatchable(
  action: string,
  outcomes: readonly string[],
  read: readonly Study[],
  table: Table,
): void {
  if (outcomes.length < 2 || read[0]!.persona !== null || !table.columnNames().includes("item")) return;
  const rule = "be one item where answers have no column 'persona_id' by which items belong together";
  throw new RangeError(cannot(action, "outcome", rule, outcomes));
}

interface KnownCovariates {
  readonly adjusted: readonly (readonly number[])[];
  readonly balanced: readonly (readonly number[])[];
}

function covariateColumns(
  action: string,
  table: Table,
  outcome: string,
  { covariates = [], rerandomize }: RandomizationOptions,
): KnownCovariates {
  const picked = pickOutcome(action, table, outcome);
  const read = (names: string | readonly string[]) => readCovariates(action, picked, names);
  return {
    adjusted: covariates.length === 0 ? [] : read(covariates),
    balanced: rerandomize === undefined ? [] : read(rerandomize.covariates),
  };
}

/** Numbers names in the order in which they first occur, one series for each kind. */
function codeNames(): (kind: string, name: string | undefined) => number {
  const known = new Map<string, number>();
  return (kind, name) => {
    if (name === undefined) return -1;
    const key = `${kind} ${name}`;
    const code = known.get(key) ?? known.size;
    known.set(key, code);
    return code;
  };
}

interface RowPlace {
  readonly rows: Study;
  readonly row: number;
  readonly arm: number;
  readonly codes: (kind: string, name: string | undefined) => number;
  readonly known: KnownCovariates;
  readonly count: number;
}

/** The unit of a row, made where it is new. */
function unitOf(
  held: Map<string, RandomizationUnit & { replies: number[] }>,
  { rows, row, arm, codes, known, count }: RowPlace,
): RandomizationUnit & { replies: number[] } {
  const name = (column: Study["block"]) =>
    column === null || column.codes[row]! < 0 ? undefined : column.labels[column.codes[row]!];
  const persona = name(rows.persona);
  const key = persona === undefined ? `row ${row}` : `${arm} ${persona}`;
  let unit = held.get(key);
  if (unit === undefined) {
    unit = {
      arm,
      block: codes("block", name(rows.block)),
      cluster: codes("cluster", name(rows.cluster)),
      persona: codes("persona", persona),
      outcomes: new Array<number>(count).fill(NaN),
      replies: new Array<number>(count).fill(0),
      covariates: known.adjusted.map((values) => values[row]!),
      balanced: known.balanced.map((values) => values[row]!),
    };
    held.set(key, unit);
  }
  return unit;
}
