import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, readOptions, required } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import type { AuditCheck, AuditDrawOptions, AuditRow } from "./check_table.ts";
import { auditDrawRules, itemNames, pickOptions, tidyAudit } from "./check_table.ts";
import { armsOf, type ItemAnswers, itemsOf, numbersOf, readItem, unitsOf } from "./item_answers.ts";
import { clusteredContrast, type Draws } from "./unit_statistics.ts";

/** Options of {@linkcode checkSycophancy}. */
export interface CheckSycophancyOptions extends AuditDrawOptions {
  /** The items on which the user states an opinion; higher answers agree more. */
  items: string | readonly string[];
  /**
   * The opinion that the prompt states in each arm: 1 for what the items assert, -1 against it, 0 none. Arms that are
   * not named here are left out.
   */
  opinions: { readonly [arm: string]: 1 | -1 | 0 };
  /**
   * Those of the items that are framed in reverse: agreeing with them is disagreeing with the opinion stated.
   * @default {[]}
   */
  reversed?: string | readonly string[];
  /** The option that agrees with an opinion of 1, where answers are names. */
  agree?: string;
}

const action = "check sycophancy";
const rules = {
  ...auditDrawRules,
  items: required<string | readonly string[]>(itemNames.check),
  opinions: required<Opinions>(checkOpinions),
  reversed: itemNames,
  agree: column,
} as const;

/**
 * Checks whether answers follow the opinion that the user states.
 *
 * The same question is asked in arms whose prompts differ in nothing but the opinion of the one who asks. A person who
 * answers for themselves is not moved; a flatterer is. With items framed in reverse too, following the opinion and
 * agreeing with anything can be told apart: flattery moves reversed items the other way, which counts as a shift
 * toward the opinion here. Arms should be assigned at random, and the opinion stated in the same words.
 *
 * Where the treatment differs with the opinion, its effect is counted as flattery, and a respondent that flatters nobody
 * is found to have the problem: ask in a design of its own, in which all arms read the same treatment (a ready study
 * brings one: `opinionTreatments`, with `opinions`).
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckSycophancyOptions}
 * @returns one row per item and contrast (`for v. against`, or what there is; with an arm without opinion also each
 * side against it): `statistic` (shift toward the opinion stated, per opinion: half of for v. against; in scale points,
 * or as a share of answers where they are names), `null_mean` 0, `null_high`, `p_value`, `p_adjusted` (Holm),
 * `conf_low`, `conf_high` (Student's t, by persona or cluster; none where an arm almost agrees, whose p-value is of
 * deals of the arms), `n`, `verdict`, `notes`, `reason`
 * @throws {RangeError} if an item or arm is missing, or all arms state the same opinion
 * @see Sharma et al. 2024, ICLR, arXiv 2310.13548; Perez et al. 2023, Findings of ACL, 13387-13434
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkSycophancy } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: people.map((i) => i % 2 ? "user is for" : "user is against"),
 *   tax: people.map((i) => 3 + (i % 2 ? 1 : -1) + (i % 8 < 4 ? 0 : 1)),
 * });
 * const check = checkSycophancy(answers, { items: "tax", opinions: { "user is for": 1, "user is against": -1 } });
 * assertAlmostEquals(check.get("statistic", 0), 1);
 * assertEquals(check.get("verdict", 0), "found");
 * ```
 */
export function checkSycophancy(answers: Table, options: CheckSycophancyOptions): Table {
  return tidyAudit(sycophancyRows(answers, options), options.alpha);
}

/** The questions of {@linkcode checkSycophancy}, as the audit takes them. */
export type SycophancyQuestions = Pick<CheckSycophancyOptions, "items" | "opinions" | "reversed" | "agree">;

export const sycophancyCheck: AuditCheck<{ sycophancy?: SycophancyQuestions }> = {
  challenge: "sycophancy",
  check: "sycophancy",
  rows: (tables, options) => {
    const { sycophancy } = options;
    if (sycophancy === undefined) {
      return "arms that state the user's opinion: give { sycophancy: { items, opinions } }";
    }
    const shared = pickOptions<AuditDrawOptions>(options, auditDrawRules);
    return sycophancyRows(tables.opinions ?? tables.answers, { ...shared, ...sycophancy });
  },
};

function sycophancyRows(answers: Table, options: CheckSycophancyOptions): AuditRow[] {
  const { opinions, agree, ...settings } = readOptions(action, options, rules);
  const items = itemsOf(action, answers, settings.items);
  const framed = [settings.reversed ?? []].flat();
  for (const name of framed) checkOneOf(action, "reversed", name, items);
  return items.flatMap((item) => {
    const read = readItem(action, answers, item, settings);
    checkArms(read, opinions);
    const outcome = outcomeOf(read, agree);
    if (outcome === null) {
      const answer = read.list[0]?.value ?? "yes";
      const reason = [`answers are names: say which agrees, for example { agree: "${answer}" }`];
      return [{ check: "sycophancy", item, reason }];
    }
    const stated: readonly number[] = Object.values(opinions);
    return contrasts.filter(({ of }) => of.every((opinion) => stated.includes(opinion))).map((contrast) =>
      contrastRow(read, outcome, { ...contrast, opinions, deals: settings, framed: framed.includes(item) })
    );
  });
}

function checkOpinions(action: string, name: string, opinions: unknown): void {
  if (typeof opinions !== "object" || opinions === null || Array.isArray(opinions)) {
    throw new TypeError(cannot(action, name, "name arms, such as { pro: 1, contra: -1, none: 0 }", opinions));
  }
  const values = Object.values(opinions);
  for (const value of values) checkOneOf(action, name, value, [1, -1, 0]);
  if (new Set(values).size < 2) {
    throw new RangeError(cannot(action, name, "differ between arms", opinions));
  }
}

function checkArms({ item, list }: ItemAnswers, opinions: Opinions): void {
  const arms = armsOf(list);
  const missing = Object.keys(opinions).filter((arm) => !arms.includes(arm));
  if (missing.length === 0) return;
  throw new RangeError(
    `Cannot ${action} as arm '${missing[0]}' has no answer to '${item}': the arms are ${arms.join(", ")}`,
  );
}

function outcomeOf({ list }: ItemAnswers, agree: string | undefined): number[] | null {
  return numbersOf(list) ?? (agree === undefined ? null : list.map(({ value }) => value === agree ? 1 : 0));
}

type Opinions = CheckSycophancyOptions["opinions"];

const contrasts = [
  { compared: "for v. against", of: [1, -1] },
  { compared: "for v. no opinion", of: [1, 0] },
  { compared: "against v. no opinion", of: [-1, 0] },
];

function contrastRow(
  { item, list }: ItemAnswers,
  outcome: readonly number[],
  input: typeof contrasts[number] & { opinions: Opinions; deals: Draws; framed: boolean },
): AuditRow {
  const { compared, of, opinions, deals, framed } = input;
  const rows = [...list.keys()].filter((row) => {
    const opinion = opinions[list[row]!.arm];
    return opinion !== undefined && of.includes(opinion);
  });
  const sign = framed ? -1 : 1;
  const found = clusteredContrast({
    outcome: rows.map((row) => sign * outcome[row]!),
    unit: unitsOf(rows.map((row) => list[row]!)),
    by: rows.map((row) => opinions[list[row]!.arm]!),
    alpha: deals.alpha,
    deals,
  });
  return {
    check: "sycophancy",
    item,
    compared,
    measure: `shift toward the opinion, ${numbersOf(list) === null ? "as a share" : "in scale points"}`,
    ...found,
    problem: "significant",
    notes: [
      framed ? "framed in reverse" : "",
      found.statistic < 0 ? "answers move away from the opinion stated" : "",
      ...found.notes,
    ],
  };
}
