import { checkColumns, checkOptions, checkRows } from "../core/checks.ts";
import type { Basis, Verdict } from "../core/columns.ts";
import { columnOf, groupRows, type Table } from "../core/table.ts";
import { visibleText } from "../core/visible_text.ts";

/** The tables that a study has; see {@linkcode adviseStudy}. */
export interface StudyTables {
  /** Effects or means, whatever they rest on: of `estimateEffects`, `calibrateEffects` and their like. */
  readonly effects: Table;
  /** The same effects calibrated with people's answers, where these stand in a table of their own. */
  readonly calibrated?: Table;
  /** Drift: of `estimateDrift`. */
  readonly drift?: Table;
  /** What was held against people's answers: of `compareEffects`, `scoreFidelity` and their like. */
  readonly fidelity?: Table;
  /** Missing answers by arm: of `checkAttrition`. */
  readonly attrition?: Table;
}

const action = "advise on a study";

/**
 * Says in a paragraph what an analysis is, exploratory or confirmatory, which assumption it rests on, and which call would
 * make it stronger.
 *
 * Says what the tables say and no more: a fault that was `not found` is no proof of its absence, and effects of a model's
 * answers alone are exploratory whatever else was checked.
 *
 * @param tables the effects, and what else the analysis has; see {@linkcode StudyTables}
 * @returns plain text
 * @throws {RangeError} if `effects` has no columns `conf_low` and `basis`, or another table no `verdict`
 * @see Hullman, Broska, Sun and Shaw 2026, arXiv 2602.15785
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { adviseStudy } from "@understudy/understudy/report";
 *
 * const effects = tableOf({ arm: ["threat"], conf_low: [0.1], basis: ["synthetic"] });
 * assertStringIncludes(adviseStudy({ effects }), "This analysis is exploratory");
 * ```
 */
export function adviseStudy(tables: StudyTables): string {
  checkOptions(action, tables, ["effects", "calibrated", "drift", "fidelity", "attrition"]);
  const { effects, calibrated = effects, fidelity = effects } = tables;
  checkColumns(action, effects, ["conf_low", "basis"], "effects");
  checkColumns(action, calibrated, ["conf_low", "basis"], "calibrated");
  checkColumns(action, fidelity, [], "fidelity");
  checkRows(action, effects, "effects");
  const rows = [effects, calibrated].flatMap((table) => table.objects() as { [column: string]: unknown }[]);
  const standing = standingsOf(rows);
  const kinds = order.filter((kind) => standing.includes(kind));
  const gains = rows.filter(({ basis }) => basis === "calibrated")
    .map((row) => Number(row.n_effective) / Number(row.n_human)).filter(Number.isFinite);
  const most = gains.reduce((one, other) => Math.max(one, other), 0);
  const drift = tell("drift", "A change of the simulated people with the arm", tables.drift);
  const attrition = tell("attrition", "A difference in missing answers between arms", tables.attrition);
  const alone = kinds.includes("synthetic");
  const calls = [
    attrition.worst === "found" ? "`estimateBounds` shows what missing answers can have done" : "",
    alone ? (drift.worst === null ? driftCall : verdicts[drift.worst][1]) : "",
    ...kinds.map((kind) => standings[kind][2]),
  ];
  const told = [
    ...kinds.map((kind) => {
      const [is, rests] = standings[kind];
      const own = standing.filter((one) => one === kind).length;
      if (own === standing.length) return `This analysis ${is}: its effects ${rests}`;
      return `For ${own} of ${standing.length} effects this analysis ${is}: such effects ${rests}`;
    }),
    most > 1 ? `With the model's answers its people count up to ${most.toFixed(2)} times.` : "",
    gains.length > 0 && most <= 1 ? "The model's answers made no interval narrower than people's alone." : "",
    // What the model is worth decides how wide calibrated intervals are, not whether they hold.
    alone ? drift.said : "",
    alone && tables.fidelity ? "How close the model came to people there is not how close it is here." : "",
    attrition.said,
    `To make it stronger: ${calls.filter(Boolean).join("; ")}.`,
  ];
  return told.filter(Boolean).join(" ");
}

/** What each effect rests on; people's answers beside calibrated ones, and what was calibrated, are no further effects. */
function standingsOf(rows: readonly { [column: string]: unknown }[]): (keyof typeof standings)[] {
  const others = ["estimator", "design", "covariance_type", "basis", "notes", "reason", "verdict"];
  const tells = ([name, value]: [string, unknown]) =>
    ["arm", "quantile"].includes(name) ||
    (typeof value === "string" && value !== "" && !others.includes(name));
  const effects = Map.groupBy(rows, (row) => JSON.stringify(Object.entries(row).filter(tells).sort()));
  return [...effects.values()].flatMap((own) => {
    const known = own.filter((row) => [row.conf_low, row.conf_high].some(Number.isFinite));
    const present = order.filter((kind) => known.some(({ basis }) => basis === kind));
    return present.length === 0 ? ["none"] : present[0] === "calibrated" ? ["calibrated"] : present;
  });
}

/** What an analysis is, what its effects are, and the call that would make it stronger, by what these rest on. */
const standings = {
  calibrated: [
    "can confirm what was stated beforehand",
    "are a model's answers corrected by people's, and hold whatever the model is worth. It rests on these people being a " +
    "random sample of those whom the personas stand for, or one with known chances, and on the model not having seen " +
    "their answers.",
    "`planMixedSubjects` says what more people or more synthetic answers would add",
  ],
  human: [
    "can confirm what was stated beforehand",
    "are people's. It rests on their random assignment.",
    "`calibrateEffects` with a model's answers for further personas may narrow its intervals",
  ],
  synthetic: [
    "is exploratory",
    "rest on a model's answers alone and carry no guarantee. It supposes what such answers cannot show: that the model " +
    "answers as people would, and that with the arm only the treatment changes.",
    "`calibrateEffects` with a few people's answers makes it one that can confirm, and `planHumanSample` says how many",
  ],
  none: [
    "shows nothing",
    "have no interval or do not say what they rest on; see the column `reason`.",
    "`planPower` says how many answers an effect needs",
  ],
} as const satisfies { readonly [basis in Basis | "none"]: readonly string[] };
const order = Object.keys(standings) as (keyof typeof standings)[];
const driftCall = "`estimateDrift` looks for a change of the simulated people with the arm";

/** What verdicts say, and of drift the next call; the worst first, as what is compared several times is the worst. */
const verdicts: { readonly [verdict in Verdict]: readonly [said: string, next: string] } = {
  "found": ["was found in", "`repairDrift` states more of the people and looks again"],
  "cannot tell": ["could not be judged in", "`suggestControls` looks for controls that tell more"],
  "not found": [
    "was not found, which is no proof that there is none, in",
    "`estimateDrift` with a `margin` tells whether drift is shown to be small",
  ],
  "within margin": ["was shown to be within the margin in", ""],
};

/** What a table of verdicts says, in a sentence, and its worst verdict. */
function tell(argument: string, what: string, table?: Table): { said: string; worst: Verdict | null } {
  if (table === undefined) return { said: "", worst: null };
  checkColumns(action, table, ["verdict"], argument);
  checkRows(action, table, argument);
  const names = table.columnNames();
  const compared = columnOf(table, ["control", "arm", ...names].find((name) => names.includes(name))!);
  const ranks = Object.keys(verdicts) as Verdict[];
  const said = columnOf<Verdict>(table, "verdict").map((one) => ranks.includes(one) ? one : "cannot tell");
  const worst = Map.groupBy(groupRows(compared), ([, rows]) => {
    return ranks.find((verdict) => rows.some((row) => said[row] === verdict))!;
  });
  const present = ranks.filter((verdict) => worst.has(verdict));
  const parts = present.map((verdict) => {
    const own = worst.get(verdict)!.map(([name]) =>
      visibleText(String(name).slice(0, 60)).replace(/\s+/g, " ")
    );
    const more = own.length > 5 ? ` and ${own.length - 5} more` : "";
    return `${verdicts[verdict][0]} ${own.slice(0, 5).join(", ")}${more}`;
  });
  return { said: `${what} ${parts.join("; it ")}.`, worst: present[0]! };
}
