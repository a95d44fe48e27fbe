import { checkColumns, checkOneOf, checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { pickOutcome, readStudy } from "../../core/study.ts";
import { columnOf, combineLabels, encodeLabels, type Labelled, type Table } from "../../core/table.ts";

/** Which columns say who answered, in what words it was asked, and by which model; shared by two verbs. */
export interface VarianceOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  readonly outcome: string;
  /**
   * The share of this answer, for outcomes that are not numbers.
   * @default the outcome is a number
   */
  readonly category?: string | number | boolean;
  /**
   * The column of arms.
   * @default "arm"
   */
  readonly arm?: string;
  /**
   * The column of personas; `null` for none.
   * @default "persona_id" where there is one
   */
  readonly persona?: string | null;
  /**
   * The column of wordings; `null` for none.
   * @default "wording" where there is one
   */
  readonly wording?: string | null;
  /**
   * The column of models; `null` for none.
   * @default "model" where there is one
   */
  readonly model?: string | null;
  /**
   * `nested`: wording 1 of one arm has nothing to do with wording 1 of another. `crossed`: a wording is the same
   * frame in every arm.
   * @default "nested"
   */
  readonly wordings?: "nested" | "crossed";
  /**
   * The seed of the simulated draws that give standard errors and degrees of freedom.
   * @default 0
   */
  readonly seed?: number;
  /**
   * The number of those draws.
   * @default 200
   */
  readonly draws?: number;
}

/** The names of {@linkcode VarianceOptions}. */
export const varianceOptionNames = [
  "outcome",
  "category",
  "arm",
  "persona",
  "wording",
  "model",
  "wordings",
  "seed",
  "draws",
] as const satisfies readonly (keyof VarianceOptions)[];

/** A source of variance: which group of it each row belongs to. */
export interface RandomFactor {
  readonly component: string;
  readonly groups: Labelled;
}

/** The rows that have a value, and the sources of variance. */
export interface VarianceRows {
  readonly outcome: string;
  readonly values: Float64Array;
  readonly arm: Labelled;
  readonly factors: readonly RandomFactor[];
  /** What was left out. */
  readonly notes: readonly string[];
}

/** Reads and checks what the options name. */
export function readVarianceRows(action: string, table: Table, options: VarianceOptions): VarianceRows {
  checkText(action, "outcome", options.outcome);
  const { wordings = "nested", arm = "arm" } = options;
  checkOneOf(action, "wordings", wordings, ["nested", "crossed"]);
  const rows = readStudy(action, table, {
    outcome: options.outcome,
    arm,
    blocks: [],
    clusters: null,
    ...(options.category === undefined ? {} : { category: options.category }),
  });
  const names = table.columnNames();
  const column = (asked: string | null | undefined, usual: string): string | undefined =>
    asked === undefined ? (names.includes(usual) ? usual : undefined) : asked ?? undefined;
  const asked = {
    persona: column(options.persona, "persona_id"),
    wording: column(options.wording, "wording"),
    model: column(options.model, "model"),
  };
  checkColumns(action, table, Object.values(asked).filter((name) => name !== undefined));
  const { kept, notes } = chooseRows(rows.leftOut, rows.arm);
  if (kept.length < 3) {
    throw new RangeError(
      cannot(action, "table", "have at least three rows with a value", `${kept.length} rows`),
    );
  }
  const picked = pickOutcome(action, table, options.outcome);
  const read = (name: string | undefined): Labelled | undefined =>
    name === undefined ? undefined : keepRows(encodeLabels(action, name, columnOf(picked, name)), kept);
  const keptArm = keepRows(rows.arm, kept);
  const groups = { persona: read(asked.persona), wording: read(asked.wording), model: read(asked.model) };
  for (const [source, { codes } = { codes: new Int32Array() }] of Object.entries(groups)) {
    if (codes.includes(-1)) {
      throw new RangeError(
        cannot(action, asked[source as "model"]!, "have a value in every answered row", ""),
      );
    }
  }
  return {
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    values: Float64Array.from(kept, (row) => rows.value[row]!),
    arm: keptArm,
    factors: factorsOf(groups, keptArm, wordings),
    notes,
  };
}

function chooseRows(
  leftOut: readonly (string | undefined)[],
  arm: Labelled,
): { kept: number[]; notes: string[] } {
  const kept: number[] = [];
  const counts = new Map<string, number>();
  leftOut.forEach((reason, row) => {
    const why = reason ?? (arm.codes[row]! < 0 ? "without an arm" : undefined);
    if (why === undefined) kept.push(row);
    else counts.set(why, (counts.get(why) ?? 0) + 1);
  });
  const listed = [...counts].map(([why, count]) => `${count} ${why}`).join(", ");
  return { kept, notes: listed === "" ? [] : [`rows left out: ${listed}`] };
}

/** The rows kept, and only the labels that they have. */
function keepRows({ codes, labels }: Labelled, kept: readonly number[]): Labelled {
  const place = new Int32Array(labels.length).fill(-1);
  const present: string[] = [];
  const chosen = Int32Array.from(kept, (row) => {
    const code = codes[row]!;
    if (code < 0) return -1;
    if (place[code]! < 0) place[code] = present.push(labels[code]!) - 1;
    return place[code]!;
  });
  return { codes: chosen, labels: present };
}

function factorsOf(
  groups: { readonly [source in "persona" | "wording" | "model"]: Labelled | undefined },
  arm: Labelled,
  wordings: "nested" | "crossed",
): RandomFactor[] {
  const factors: RandomFactor[] = [];
  for (const [source, labelled] of Object.entries(groups)) {
    if (labelled === undefined) continue;
    const within = combineLabels([labelled, arm]);
    if (source === "wording" && wordings === "nested") factors.push({ component: source, groups: within });
    else {
      factors.push(
        { component: source, groups: labelled },
        { component: `${source}:arm`, groups: within },
      );
    }
  }
  return factors;
}
