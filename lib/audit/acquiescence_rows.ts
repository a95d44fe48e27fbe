import { checkColumns, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { distinct, type Table } from "../core/table.ts";
import { armsOf, type ItemAnswers, readItem } from "./audit_answers.ts";
import { checkParts, readAlpha } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckAcquiescenceOptions, OppositePair } from "./check_options.ts";
import { clusteredMean, contrastNumbers } from "./clustered_contrast.ts";
import { scaleOf } from "./shown_slots.ts";

/** The replies that answered both items of a pair. */
interface PairAnswers {
  readonly name: string;
  readonly compared: string;
  /** The mean of the two answers less the middle of the scale. */
  readonly excess: number[];
  readonly both: boolean[];
  readonly unit: string[];
  readonly arm: string[];
  /** Why nothing can be said; empty where something can. */
  readonly why: string;
  readonly width: number;
}

/** The rows of `checkAcquiescence` before adjustment. */
export function acquiescenceRows(
  action: string,
  answers: Table,
  options: CheckAcquiescenceOptions,
): AuditRow[] {
  const alpha = readAlpha(action, options);
  checkColumns(action, answers, [], "answers");
  checkPairs(action, options.pairs);
  const pairs = options.pairs.map((pair) => readPair(action, answers, pair, options));
  const rows = pairs.flatMap((pair) => pairRows(pair, alpha));
  const usable = pairs.filter(({ why }) => why === "");
  const sameScale = distinct(usable.map(({ width }) => width)).length === 1;
  return usable.length > 1 && sameScale ? [...rows, ...pairRows(poolPairs(usable), alpha)] : rows;
}

function checkPairs(action: string, pairs: unknown): void {
  if (!Array.isArray(pairs) || pairs.length === 0) {
    throw new TypeError(
      cannot(action, "pairs", "list pairs such as { item, reversed, scale: [1, 5] }", pairs),
    );
  }
  for (const [at, pair] of (pairs as OppositePair[]).entries()) {
    const path = `pairs[${at}]`;
    checkParts(action, path, pair, {
      known: ["item", "reversed", "scale"],
      example: '{ item: "good", reversed: "bad", scale: [1, 5] }',
    });
    checkText(action, `${path}.item`, pair.item);
    checkText(action, `${path}.reversed`, pair.reversed);
    const { scale } = pair;
    if (scale !== undefined && !(Array.isArray(scale) && scale.length === 2 && scale[0] < scale[1])) {
      throw new RangeError(cannot(action, `${path}.scale`, "hold the lowest and a higher answer", scale));
    }
  }
}

function readPair(
  action: string,
  table: Table,
  pair: OppositePair,
  options: CheckAcquiescenceOptions,
): PairAnswers {
  const [item, reversed] = [pair.item, pair.reversed].map((name) => readItem(action, table, name, options));
  const scale = pair.scale ?? scaleOf(item!);
  if (scale === null) {
    throw new RangeError(
      `Cannot ${action} as the scale of '${pair.item}' is not known: give it, for example ` +
        `{ item: "${pair.item}", reversed: "${pair.reversed}", scale: [1, 5] }`,
    );
  }
  const read = joinReplies(item!, reversed!, scale);
  return { name: pair.item, compared: `with its opposite '${pair.reversed}'`, ...read };
}

function joinReplies(
  item: ItemAnswers,
  reversed: ItemAnswers,
  [low, high]: readonly [number, number],
): Pick<PairAnswers, "excess" | "both" | "unit" | "arm" | "why" | "width"> {
  const middle = (low + high) / 2;
  const joined = { excess: [] as number[], both: [] as boolean[], unit: [] as string[], arm: [] as string[] };
  const width = high - low;
  if (!item.numeric || !reversed.numeric) return { ...joined, width, why: "answers are not all numbers" };
  const at = new Map(reversed.reply.map((reply, row) => [reply, row]));
  item.reply.forEach((reply, row) => {
    const other = at.get(reply);
    if (other === undefined) return;
    const [one, opposite] = [item.value[row] as number, reversed.value[other] as number];
    joined.excess.push((one + opposite) / 2 - middle);
    joined.both.push(one > middle && opposite > middle);
    joined.unit.push(item.unit[row]!);
    joined.arm.push(item.arm[row]!);
  });
  return { ...joined, width, why: joined.excess.length === 0 ? "no reply answers both items" : "" };
}

function poolPairs(pairs: readonly PairAnswers[]): PairAnswers {
  return {
    name: "all pairs",
    compared: "with their opposites",
    excess: pairs.flatMap(({ excess }) => excess),
    both: pairs.flatMap(({ both }) => both),
    unit: pairs.flatMap(({ unit }) => unit),
    arm: pairs.flatMap(({ arm }) => arm),
    why: "",
    width: pairs[0]!.width,
  };
}

function pairRows(pair: PairAnswers, alpha: number): AuditRow[] {
  if (pair.why !== "") {
    const { name: item, compared, why: reason } = pair;
    return [notChecked({ check: "acquiescence", item, compared, reason, share_both: NaN, arm: "" })];
  }
  const arms = armsOf(pair);
  const parts = arms.length > 1 ? ["", ...arms] : [""];
  return parts.map((arm) => pairRow(pair, arm, alpha));
}

function pairRow(pair: PairAnswers, arm: string, alpha: number): AuditRow {
  const rows = [...pair.excess.keys()].filter((row) => arm === "" || pair.arm[row] === arm);
  const found = clusteredMean(
    rows.map((row) => pair.excess[row]!),
    rows.map((row) => pair.unit[row]!),
    alpha,
  );
  const share = rows.filter((row) => pair.both[row]).length / rows.length;
  return {
    check: "acquiescence",
    item: pair.name,
    compared: arm === "" ? pair.compared : `${pair.compared}, arm ${arm}`,
    measure: "agreement beyond the middle, in scale points",
    ...contrastNumbers(found),
    share_both: share,
    arm,
    problem: "significant",
    reason: [`${Math.round(100 * share)}% of replies agree with both`, found.note].filter((part) =>
      part !== ""
    )
      .join("; "),
  };
}
