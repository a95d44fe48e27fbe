import { checkColumns } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import { column, columns, type ReadOptions, type RulesFor } from "../core/options.ts";
import { readOutcome } from "../core/study.ts";
import { type Table, valuesOf } from "../core/table.ts";
import { type Contrasts, relatedContrasts } from "./meta_regression.ts";

/** How two tables of effects meet. */
export interface PairedEffectsOptions {
  /**
   * The columns that together name a contrast, in both tables.
   * @default {undefined} those of `study`, `outcome`, `item`, `arm`, `condition` and `reference` that both tables have
   */
  by?: string | readonly string[];
  /**
   * The human table's column with the sampling covariance, s²/n of the reference, of any two contrasts that share
   * `study`, `outcome` and `reference`.
   * @default {undefined} `cov_shared` where the table has it, else 0
   */
  covariance?: string;
}

/** Rules of {@linkcode PairedEffectsOptions}. */
export const pairedEffectsRules = { by: columns, covariance: column } as const satisfies RulesFor<
  PairedEffectsOptions
>;

/** A contrast that both tables have; a standard error is `NaN` where there is none. */
export interface PairedEffect {
  readonly human: number;
  readonly synthetic: number;
  readonly humanError: number;
  readonly syntheticError: number;
}

/** The contrasts that two tables share, as they are and gathered: for each study its groups with one reference. */
export interface PairedEffects {
  readonly effects: readonly PairedEffect[];
  readonly studies: readonly (readonly Contrasts[])[];
  readonly notes: readonly string[];
}

/** Finds the contrasts that two tables of effects share. */
export function pairEffects(
  action: string,
  human: Table,
  synthetic: Table,
  asked: ReadOptions<PairedEffectsOptions, typeof pairedEffectsRules>,
): PairedEffects {
  const covariance = asked.covariance ?? "cov_shared";
  checkColumns(action, human, ["estimate", "std_error", ...[asked.covariance ?? []].flat()], "human");
  checkColumns(action, synthetic, ["estimate"], "synthetic");
  const has = (table: Table, name: string) => table.columnNames().includes(name);
  const both = ["study", "outcome", "item", "arm", "condition", "reference"]
    .filter((name) => has(human, name) && has(synthetic, name));
  const by = [asked.by ?? both].flat();
  const call =
    '{ by: ["study", "arm"] } names columns of both, rename({ condition: "arm" }) makes their names the same';
  if (by.length === 0) {
    throw new RangeError(`${cannot(action, "by", "name columns of both tables", by)}: ${call}`);
  }
  const [ours, theirs] = [
    rowsByName(action, human, by, "human"),
    rowsByName(action, synthetic, by, "synthetic"),
  ];
  const met = [...ours.keys()].filter((name) => theirs.has(name));
  if (met.length === 0) {
    const [first, other] = [ours, theirs].map((rows) => rows.keys().next().value ?? "no rows");
    const must = `have a contrast (by ${by}) of the human table, such as ${showValue(first)}`;
    throw new RangeError(`${cannot(action, "synthetic", must, other)}; ${call}`);
  }
  const numbers = (table: Table, name: string) =>
    has(table, name) ? readOutcome(action, name, valuesOf(table, name), undefined) : [];
  const [h, error, shared] = ["estimate", "std_error", covariance].map((name) => numbers(human, name));
  const [s, uncertain] = ["estimate", "std_error"].map((name) => numbers(synthetic, name));
  const [studyOf, groupOf] = [["study"], ["study", "outcome", "reference"]]
    .map((names) => namesOf(human, names.filter((name) => has(human, name))));
  const rows = met.map((name) => {
    const [row, other] = [ours.get(name)!, theirs.get(name)!];
    const effect = {
      human: h![row]!,
      synthetic: s![other]!,
      humanError: error![row]!,
      syntheticError: uncertain![other] ?? NaN,
    };
    // Without a column of studies each group is one, without columns of groups each contrast.
    const group = groupOf!(row) ?? name;
    return { ...effect, covariance: shared![row] ?? NaN, group, study: studyOf!(row) ?? group };
  });
  const negative = rows.find(({ humanError }) => humanError < 0)?.humanError;
  if (negative !== undefined) throw new RangeError(cannot(action, "std_error", "be at least 0", negative));
  const effects = rows.filter((row) =>
    Number.isFinite(row.human + row.synthetic + row.humanError) && row.humanError > 0
  );
  let [independent, several] = [0, 0];
  const relate = (members: typeof effects): Contrasts => {
    const own = members.length === 1 ? 0 : members[0]!.covariance;
    if (Number.isNaN(own)) independent += members.length;
    const fits = (row: typeof effects[number]) =>
      Number.isNaN(own)
        ? Number.isNaN(row.covariance)
        : own >= 0 && own < row.humanError ** 2 && Math.abs(row.covariance - own) <= 1e-6 * own;
    const wrong = members.length === 1 ? undefined : members.find((row) => !fits(row));
    if (wrong !== undefined || (own > 0 && members.length > 200)) {
      const must =
        "be at least 0, below the variances, and the same for all (up to 200) that share a reference";
      throw new RangeError(
        cannot(action, covariance, must, wrong?.covariance ?? `${members.length} contrasts`),
      );
    }
    const of = (read: (row: PairedEffect) => number) => Float64Array.from(members, read);
    return relatedContrasts(
      of((row) => row.human),
      of((row) => row.synthetic),
      of((row) => row.humanError ** 2),
      own || 0,
    );
  };
  const studies = [...Map.groupBy(effects, ({ study }) => study).values()].map((members) => {
    const groups = [...Map.groupBy(members, ({ group }) => group).values()];
    if (groups.length > 1) several++;
    return groups.map(relate);
  });
  const count = (sentence: string, number: number) => number > 0 ? `${sentence}: ${number}` : "";
  const uncertainty =
    "synthetic effects are taken as exact: what too few simulated people add to them counts against them";
  return {
    effects,
    studies,
    notes: [
      count("human contrasts without a synthetic one", ours.size - met.length),
      count("synthetic contrasts without a human one", theirs.size - met.length),
      count(
        "contrasts left out that lack an effect or a standard error above 0",
        met.length - effects.length,
      ),
      count("contrasts that share a reference, taken as independent as no covariance is given", independent),
      count("studies with several outcomes or references, whose contrasts rest on the same people", several),
      effects.some(({ syntheticError }) => syntheticError > 0) ? uncertainty : "",
    ],
  };
}

/** What a row says in some columns, as one text; `undefined` without columns. */
function namesOf(table: Table, names: readonly string[]): (row: number) => string | undefined {
  const held = names.map((name) => valuesOf(table, name));
  return (row) => held.length === 0 ? undefined : held.map((values) => String(values[row])).join(" | ");
}

/** The row of each contrast by its names; each may stand once. */
function rowsByName(
  action: string,
  table: Table,
  by: readonly string[],
  argument: string,
): Map<string, number> {
  checkColumns(action, table, by, argument);
  const nameOf = namesOf(table, by);
  const rows = new Map<string, number>();
  for (let row = 0; row < table.numRows(); row++) {
    const name = nameOf(row) ?? "";
    if (rows.has(name)) {
      throw new RangeError(cannot(action, argument, `have each contrast (by ${by}) once`, name));
    }
    rows.set(name, row);
  }
  return rows;
}
