import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import { normalCdf, normalQuantile } from "../stats/distributions.ts";
import { armsOf, type ItemAnswers, readItem, whereAnswers } from "./audit_answers.ts";
import { readAlpha, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckGeneralisationOptions, PublishedEffect } from "./check_options.ts";
import { clusteredContrast, type ClusteredEstimate, contrastNumbers } from "./clustered_contrast.ts";

/** The rows of `checkGeneralisation` before adjustment. */
export function generalisationRows(
  action: string,
  answers: Table,
  options: CheckGeneralisationOptions,
): AuditRow[] {
  const alpha = readAlpha(action, options);
  const { outcome, known, reference, original, replication } = options;
  checkText(action, "outcome", outcome);
  const read = readItem(action, answers, outcome, options);
  const other = options.unpublished === undefined
    ? []
    : readNames(action, "unpublished", options.unpublished);
  const arms = armsOf(read);
  checkOneOf(action, "known", known, arms);
  checkOneOf(action, "reference", reference, arms);
  for (const arm of other) checkOneOf(action, "unpublished", arm, arms);
  if (!read.numeric) {
    const reason = "answers are not all numbers";
    return [notChecked({ check: "unpublished stimulus", item: outcome, reason })];
  }
  const rows = other.map((arm) => unpublishedRow(read, [known, arm], alpha));
  if (original === undefined || replication === undefined) return rows;
  if (!(Math.abs(original.estimate - replication.estimate) > 0)) {
    throw new RangeError(
      cannot(action, "replication", "differ from the original effect", replication.estimate),
    );
  }
  return [...rows, memorisedRow(read, { original, replication, arms: [known, reference], alpha })];
}

function compareArms(
  answers: ItemAnswers,
  [one, other]: readonly [string, string],
  alpha: number,
): ClusteredEstimate {
  const kept = whereAnswers(answers, (at) => answers.arm[at] === one || answers.arm[at] === other);
  return clusteredContrast({
    columns: [kept.arm.map(() => 1), kept.arm.map((arm) => arm === one ? 1 : 0)],
    outcome: kept.value as readonly number[],
    unit: kept.unit,
    combination: [0, 1],
    alpha,
  });
}

function unpublishedRow(answers: ItemAnswers, arms: readonly [string, string], alpha: number): AuditRow {
  // The reference arm cancels: what is left is the difference of the two stimuli.
  const found = compareArms(answers, arms, alpha);
  return {
    check: "unpublished stimulus",
    item: answers.item,
    compared: `${arms[0]} v. ${arms[1]}`,
    measure: "difference of effects, in units of the outcome",
    ...contrastNumbers(found),
    problem: "significant",
    reason: found.note,
  };
}

interface Memory {
  readonly original: PublishedEffect;
  readonly replication: PublishedEffect;
  readonly arms: readonly [string, string];
  readonly alpha: number;
}

function memorisedRow(answers: ItemAnswers, { original, replication, arms, alpha }: Memory): AuditRow {
  const found = compareArms(answers, arms, alpha);
  const span = original.estimate - replication.estimate;
  const place = (found.estimate - replication.estimate) / span;
  // Delta method for (e − r) / (o − r): de / span, −place · do / span, −(1 − place) · dr / span.
  const published = Math.hypot(place * (original.stdError ?? 0), (1 - place) * (replication.stdError ?? 0));
  const z = normalQuantile(1 - alpha / 2);
  const half = Math.hypot(found.half, z * published) / Math.abs(span);
  return {
    check: "memorised effect",
    item: answers.item,
    compared: "original v. replication",
    measure: "place between replication (0) and original (1)",
    statistic: place,
    null_mean: 0.5,
    null_high: 0.5 + half,
    p_value: half > 0 ? 2 * normalCdf(-Math.abs(place - 0.5) * z / half) : NaN,
    conf_low: place - half,
    conf_high: place + half,
    n: found.units,
    problem: half > 0 ? place > 0.5 ? "significant" : false : place > 0.5,
    reason: `effect ${
      found.estimate.toPrecision(3)
    }, original ${original.estimate}, replication ${replication.estimate}`,
  };
}
