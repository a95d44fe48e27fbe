import { checkColumns } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import { armsOf, type ItemAnswers, itemsOf, missingNote, readItem, whereAnswers } from "./audit_answers.ts";
import { readAlpha, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked, tooFewUnits } from "./audit_rows.ts";
import type { CheckDiversityOptions } from "./check_options.ts";
import { clusteredContrast } from "./clustered_contrast.ts";
import { readSlots, scaleOf } from "./shown_slots.ts";
import {
  compareSpreads,
  correctedEntropy,
  distancesFromMedian,
  logVariance,
  shareBetween,
} from "./spread.ts";

/** The rows of `checkDiversity` before adjustment. */
export function diversityRows(action: string, answers: Table, options: CheckDiversityOptions): AuditRow[] {
  const alpha = readAlpha(action, options);
  const { human } = options;
  if (human !== undefined) checkColumns(action, human, [], "human");
  const items = options.items === undefined ? undefined : readNames(action, "items", options.items);
  return itemsOf(action, answers, items).flatMap((item) => {
    const read = readItem(action, answers, item, options);
    const people = human === undefined ? null : readItem(action, human, item);
    if (read.value.length === 0 || read.several) {
      const reason = read.several ? "several options may be chosen at once" : "no answer has a value";
      return [notChecked({ check: "diversity", item, reason })];
    }
    return armsOf(read).map((arm) =>
      armRow(whereAnswers(read, (at) => read.arm[at] === arm), arm, { people, alpha })
    );
  });
}

function armRow(
  answers: ItemAnswers,
  arm: string,
  { people, alpha }: { people: ItemAnswers | null; alpha: number },
): AuditRow {
  const own = people === null || !armsOf(people).includes(arm)
    ? people
    : whereAnswers(people, (at) => people.arm[at] === arm);
  const described = describeSpread(answers, own);
  const base = { check: "diversity", item: answers.item, n: new Set(answers.unit).size, ...described };
  if (own === null || own.value.length === 0) return notChecked({ ...base, ...againstUniform(answers, arm) });
  const numeric = answers.numeric && own.numeric;
  const compared = `${arm === "all" ? "respondent" : `arm ${arm}`} v. people`;
  const few = tooFewUnits(base.n, "personas") || tooFewUnits(new Set(own.unit).size, "people");
  if (few !== "") {
    const reason = [few, missingNote(answers)].filter((part) => part !== "").join("; ");
    return notChecked({ ...base, compared, reason });
  }
  const tested = numeric ? compareVariances(answers, own, alpha) : compareEntropies(answers, own, alpha);
  return {
    ...base,
    compared,
    ...tested,
    null_mean: 0,
    problem: "significant",
    reason: [tellDirection(tested.statistic), tested.reason, missingNote(answers)]
      .filter((part) => part !== "").join("; "),
  };
}

function tellDirection(statistic: number): string {
  return statistic < 0 ? "less diverse than people" : statistic > 0 ? "more diverse than people" : "";
}

type Tested = Pick<
  AuditRow,
  "measure" | "statistic" | "null_high" | "p_value" | "conf_low" | "conf_high" | "reason"
>;

function compareVariances(answers: ItemAnswers, people: ItemAnswers, alpha: number): Tested {
  const [one, other] = [answers, people].map(({ value }) => value as readonly number[]) as [
    number[],
    number[],
  ];
  const { difference, half } = compareSpreads(
    logVariance(one, answers.unit),
    logVariance(other, people.unit),
    alpha,
  );
  const group = [...one.map(() => 1), ...other.map(() => 0)];
  const distances = [...distancesFromMedian(one), ...distancesFromMedian(other)];
  const { pValue, note } = clusteredContrast({
    columns: [group.map(() => 1), group],
    outcome: distances,
    unit: [...answers.unit.map((id) => `respondent ${id}`), ...people.unit.map((id) => `human ${id}`)],
    combination: [0, 1],
    alpha,
  });
  const finite = Number.isFinite(difference);
  return {
    measure: "log variance ratio",
    statistic: difference,
    null_high: finite ? half : NaN,
    p_value: pValue,
    conf_low: finite ? difference - half : NaN,
    conf_high: finite ? difference + half : NaN,
    reason: finite ? note : "no interval: one side does not vary at all",
  };
}

function compareEntropies(answers: ItemAnswers, people: ItemAnswers, alpha: number): Tested {
  const { difference, half, pValue } = compareSpreads(
    correctedEntropy(answers.value, answers.unit),
    correctedEntropy(people.value, people.unit),
    alpha,
  );
  return {
    measure: "difference of entropies, in nats",
    statistic: difference,
    null_high: half,
    p_value: pValue,
    conf_low: difference - half,
    conf_high: difference + half,
    reason: Number.isNaN(half) ? "neither side varies" : "",
  };
}

/** Columns that describe: standard deviations, entropies, and how much of the variance lies between personas. */
function describeSpread(answers: ItemAnswers, people: ItemAnswers | null): { [column: string]: number } {
  const deviation = (of: ItemAnswers | null) =>
    of === null || !of.numeric ? NaN : Math.sqrt(moments(of.value as number[]).variance);
  const [sd, reference] = [
    deviation(answers),
    people === null ? uniformDeviation(answers) : deviation(people),
  ];
  const entropy = people === null
    ? Math.log(readSlots(answers).options.length)
    : correctedEntropy(people.value, people.unit).value;
  return {
    sd,
    sd_reference: reference,
    sd_ratio: sd / reference,
    entropy_difference: correctedEntropy(answers.value, answers.unit).value - entropy,
    share_between: answers.numeric ? shareBetween(answers.value as number[], answers.persona) : NaN,
  };
}

/** The standard deviation of equally likely points of the scale shown; `NaN` where there is none. */
function uniformDeviation(answers: ItemAnswers): number {
  const scale = scaleOf(answers);
  const points = answers.order.find((order) => order !== null)?.length ?? 0;
  return scale === null ? NaN : (scale[1] - scale[0]) / (points - 1) * Math.sqrt((points ** 2 - 1) / 12);
}

function againstUniform(answers: ItemAnswers, arm: string): Partial<AuditRow> & { reason: string } {
  const deviation = answers.numeric ? Math.sqrt(moments(answers.value as number[]).variance) : NaN;
  return {
    compared: `${arm === "all" ? "respondent" : `arm ${arm}`} v. equally likely options`,
    measure: "log variance ratio",
    statistic: 2 * Math.log(deviation / uniformDeviation(answers)),
    reason: "described only: how diverse people are is not known; give their answers as { human }",
  };
}
