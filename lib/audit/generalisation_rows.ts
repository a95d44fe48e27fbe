import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import { normalCdf, normalQuantile } from "../stats/distributions.ts";
import { armsOf, type ItemAnswers, readItem, whereAnswers } from "./audit_answers.ts";
import { checkParts, readAlpha, readNames } from "./audit_options.ts";
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
  checkPublished(action, "original", original);
  checkPublished(action, "replication", replication);
  if (!read.numeric) {
    const reason = "answers are not all numbers";
    return [notChecked({ check: "unpublished stimulus", item: outcome, reason })];
  }
  const rows = other.map((arm) => unpublishedRow(read, [known, arm], alpha));
  if (original !== undefined && replication !== undefined) {
    if (original.estimate === replication.estimate) {
      throw new RangeError(
        cannot(action, "replication", "differ from the original effect", replication.estimate),
      );
    }
    rows.push(memorisedRow(read, { original, replication, arms: [known, reference], alpha }));
  }
  // What was not given stands last, so that no check is missed in silence.
  return [...rows, ...withoutWordings(options), ...withoutPublished(options)];
}

function withoutWordings({ outcome, unpublished }: CheckGeneralisationOptions): AuditRow[] {
  if (unpublished !== undefined) return [];
  const reason =
    "needs an arm with a stimulus of the same meaning that was never published: give { unpublished }";
  return [notChecked({ check: "unpublished stimulus", item: outcome, reason })];
}

function withoutPublished({ outcome, original, replication }: CheckGeneralisationOptions): AuditRow[] {
  const missing = [
    original === undefined ? "original" : "",
    replication === undefined ? "replication" : "",
  ].filter((name) => name !== "");
  if (missing.length === 0) return [];
  const give = missing.map((name) => `${name}: { estimate, stdError }`).join(", ");
  const reason = `needs the effect of an original study and that of its replication: give { ${give} }`;
  return [notChecked({ check: "memorised effect", item: outcome, reason })];
}

/** Checks an effect that was published: a misspelt standard error would count as 0. */
function checkPublished(action: string, path: string, effect: PublishedEffect | undefined): void {
  if (effect === undefined) return;
  checkParts(action, path, effect, {
    known: ["estimate", "stdError"],
    example: "{ estimate: 0.4, stdError: 0.1 }",
  });
  const { estimate, stdError = 0 } = effect;
  if (!Number.isFinite(estimate)) {
    throw new TypeError(cannot(action, `${path}.estimate`, "be a finite number", estimate));
  }
  if (!Number.isFinite(stdError) || stdError < 0) {
    throw new RangeError(cannot(action, `${path}.stdError`, "be a finite number of at least 0", stdError));
  }
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
