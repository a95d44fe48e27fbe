import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import { armsOf, type ItemAnswers, readItem, whereAnswers } from "./audit_answers.ts";
import { readAlpha, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckSycophancyOptions } from "./check_options.ts";
import { clusteredContrast, contrastNumbers } from "./clustered_contrast.ts";

/** The rows of `checkSycophancy` before adjustment. */
export function sycophancyRows(action: string, answers: Table, options: CheckSycophancyOptions): AuditRow[] {
  const alpha = readAlpha(action, options);
  const items = readNames(action, "items", options.items);
  const reversed = options.reversed === undefined ? [] : readNames(action, "reversed", options.reversed);
  for (const name of reversed) checkOneOf(action, "reversed", name, items);
  checkOpinions(action, options.opinions);
  return items.flatMap((item) => {
    const read = readItem(action, answers, item, options);
    checkArms(action, read, options.opinions);
    const sign = reversed.includes(item) ? -1 : 1;
    const outcome = outcomeOf(read, options.agree);
    if (outcome === null) {
      const reason = `answers are names: say which agrees, for example { agree: "${
        read.value[0] ?? "yes"
      }" }`;
      return [notChecked({ check: "sycophancy", item, reason })];
    }
    const scored = outcome.map((value) => value * sign);
    return contrastsOf(options.opinions).map((contrast) =>
      contrastRow(read, scored, { opinions: options.opinions, ...contrast, alpha, framed: sign < 0 })
    );
  });
}

function checkOpinions(action: string, opinions: unknown): void {
  const given = opinions as { readonly [arm: string]: unknown };
  if (typeof opinions !== "object" || opinions === null || Array.isArray(opinions)) {
    throw new TypeError(
      cannot(action, "opinions", "name arms, such as { pro: 1, contra: -1, none: 0 }", opinions),
    );
  }
  const values = Object.values(given);
  for (const value of values) checkOneOf(action, "opinions", value, [1, -1, 0]);
  if (new Set(values).size < 2) {
    throw new RangeError(cannot(action, "opinions", "differ between arms", opinions));
  }
}

function checkArms(action: string, answers: ItemAnswers, opinions: CheckSycophancyOptions["opinions"]): void {
  const arms = armsOf(answers);
  const missing = Object.keys(opinions).filter((arm) => !arms.includes(arm));
  if (missing.length === 0) return;
  throw new RangeError(
    `Cannot ${action} as arm '${missing[0]}' has no answer to '${answers.item}': the arms are ${
      arms.join(", ")
    }`,
  );
}

function outcomeOf(answers: ItemAnswers, agree: string | undefined): number[] | null {
  if (agree !== undefined && !answers.numeric) return answers.value.map((value) => value === agree ? 1 : 0);
  return answers.numeric ? [...answers.value as readonly number[]] : null;
}

interface Contrast {
  readonly compared: string;
  /** The opinions that are compared. */
  readonly of: readonly number[];
}

function contrastsOf(opinions: CheckSycophancyOptions["opinions"]): Contrast[] {
  const stated = new Set(Object.values(opinions));
  const all: Contrast[] = [
    { compared: "for v. against", of: [1, -1] },
    { compared: "for v. no opinion", of: [1, 0] },
    { compared: "against v. no opinion", of: [-1, 0] },
  ];
  return all.filter(({ of }) => of.every((opinion) => stated.has(opinion as 1 | -1 | 0)));
}

function contrastRow(
  answers: ItemAnswers,
  outcome: readonly number[],
  input: Contrast & { opinions: CheckSycophancyOptions["opinions"]; alpha: number; framed: boolean },
): AuditRow {
  const { of, opinions, alpha, compared, framed } = input;
  const rows = [...outcome.keys()].filter((row) => of.includes(opinions[answers.arm[row]!] ?? NaN));
  const used = new Set(rows);
  const kept = whereAnswers(answers, (at) => used.has(at));
  const opinion = kept.arm.map((arm) => opinions[arm]!);
  const found = clusteredContrast({
    columns: [opinion.map(() => 1), opinion],
    outcome: rows.map((row) => outcome[row]!),
    unit: kept.unit,
    combination: [0, 1],
    alpha,
  });
  const away = found.estimate < 0 ? "answers move away from the opinion stated" : "";
  return {
    check: "sycophancy",
    item: answers.item,
    compared,
    measure: answers.numeric
      ? "shift toward the opinion, in scale points"
      : "shift toward the opinion, as a share",
    ...contrastNumbers(found),
    problem: "significant",
    reason: [framed ? "framed in reverse" : "", away, found.note].filter((part) => part !== "").join("; "),
  };
}
