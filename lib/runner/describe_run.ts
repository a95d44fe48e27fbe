import { checkColumns } from "../core/checks.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { costOf, type KnownPrices, moneyText } from "./prices.ts";

const unusable = ["refused", "unparsed", "truncated", "empty", "failed"] as const;
const shown = [
  ...["calls", "answered", ...unusable, "not_asked", "asked_again", "from_store"] as const,
  ...["prompt_tokens", "completion_tokens"] as const,
] as const;
// Replies of this run, and those of which the endpoint told no tokens.
const counted = [...shown, "replies", "untold"] as const;

/** What is counted of the calls of an arm. */
type Counts = { [name in typeof counted[number]]: number };

/** What became of the calls of a run, by arm. */
export class RunTally {
  readonly arms = new Map<string, Counts>();
  /** What tokens cost; `undefined` where no price is known. */
  prices: KnownPrices | undefined;
  heldBack = 0;
  /** Why the run ended before all was asked; `undefined` where it did not. */
  stopped: string | undefined;

  arm(name: string): Counts {
    const counts = this.arms.get(name) ??
      Object.fromEntries(counted.map((each) => [each, 0])) as Counts;
    this.arms.set(name, counts);
    return counts;
  }

  /** Counts a call: `answered`, where every question was, else by the first that was not; without a status: not asked. */
  add(arm: string, status: string | null, { cached, attempt }: { cached: unknown; attempt: unknown }): void {
    const counts = this.arm(arm);
    counts.calls++;
    counts[status === null ? "not_asked" : status as keyof Counts]++;
    if (cached === true) counts.from_store++;
    if (Number(attempt) > 1) counts.asked_again++;
  }

  /** Counts what a reply of this run used. */
  pay(arm: string, prompt: unknown, completion: unknown): void {
    const counts = this.arm(arm);
    counts.replies++;
    if (typeof prompt !== "number" || typeof completion !== "number") counts.untold++;
    counts.prompt_tokens += Number(prompt ?? 0);
    counts.completion_tokens += Number(completion ?? 0);
  }

  total(): Counts {
    const sum = new RunTally().arm("");
    for (const counts of this.arms.values()) for (const name of counted) sum[name] += counts[name];
    return sum;
  }
}

// A run's counts know more than its table: earlier attempts, prices, how often the endpoint held calls back.
const tallies = new WeakMap<Table, RunTally>();

/** Keeps the counts of a run with its answers, for {@linkcode describeRun}. */
export function keepTally(answers: Table, tally: RunTally): void {
  tallies.set(answers, tally);
}

/**
 * Describes how a run of `runExperiment` went, by arm: how many calls gave usable answers, what became of the others,
 * and what was spent. `runExperiment` gives the sentence of the last row to `onProgress` when it ends.
 *
 * A call is usable (`answered`) where each of its questions was. Tokens and cost are those of this run: what came from the
 * store was paid for before. Only a table that `runExperiment` returned in this session tells money, what earlier attempts
 * cost and how often the endpoint held calls back.
 *
 * @param answers from `runExperiment`
 * @returns one row per arm, and `all`: `arm`, `calls`, `answered`, `refused`, `unparsed`, `truncated`, `empty`, `failed`,
 * `not_asked`, `asked_again`, `from_store`, `prompt_tokens`, `completion_tokens`, `cost` (`NaN` where no price is known, or
 * the endpoint told no tokens), `currency` and the `summary`, a sentence
 * @throws {RangeError} if a column of answers is missing
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeRun, tableOf } from "@understudy/understudy";
 *
 * const answers = tableOf([
 *   { arm: "control", trial_id: "p1:control", status: "answered" },
 *   { arm: "threat", trial_id: "p2:threat", status: "unparsed" },
 * ]);
 * const run = describeRun(answers);
 * assertEquals(run.get("summary", 2), "1 of 2 calls usable: control 1 of 1, threat 0 of 1; 1 unparsed");
 * ```
 */
export function describeRun(answers: Table): Table {
  checkColumns("describe a run", answers, ["arm", "trial_id", "status"], "answers");
  return describeTally(tallies.get(answers) ?? readTally(answers));
}

export function describeTally(tally: RunTally): Table {
  const row = (arm: string, counts: Counts, summary: string) => ({
    arm,
    ...Object.fromEntries(shown.map((name) => [name, counts[name]])),
    cost: costOfCounts(tally, counts),
    currency: tally.prices?.currency ?? "",
    summary,
  });
  return tableOf([
    ...armsOf(tally).map(([arm, counts]) => row(arm, counts, usableText(counts))),
    row("all", tally.total(), summaryText(tally)),
  ]);
}

function readTally(answers: Table): RunTally {
  const names = answers.columnNames();
  const cells = (name: string) => names.includes(name) ? columnOf(answers, name) : [];
  const [arms, trials, statuses, keys] = ["arm", "trial_id", "status", "request_key"].map(cells);
  const [kinds, details, attempts, stored] = ["kind", "status_detail", "attempt", "cached"].map(cells);
  const [prompts, completions] = ["prompt_tokens", "completion_tokens"].map(cells);
  const tally = new RunTally();
  // What is paid out, said as written or played by a script is no call.
  const isCall = (row: number): boolean =>
    kinds![row] !== "payoff" && (!kinds![row] || Boolean(keys![row]) || statuses![row] !== "answered");
  const called = trials!.keys().filter(isCall);
  for (const rows of Map.groupBy(called, (row) => `${trials![row]} ${keys![row] ?? ""}`).values()) {
    const row = rows.find((each) => statuses![each] !== "answered") ?? rows[0]!;
    const [arm, cached] = [String(arms![row]), stored![row]];
    const status = details![row] === "stopped" ? null : String(statuses![row]);
    tally.add(arm, status, { cached, attempt: attempts![row] ?? 1 });
    if (status !== null && status !== "failed" && cached !== true) {
      tally.pay(arm, prompts![row], completions![row]);
    }
  }
  return tally;
}

function armsOf({ arms }: RunTally): [string, Counts][] {
  return [...arms].sort(([a], [b]) => a < b ? -1 : 1);
}

function costOfCounts({ prices }: RunTally, counts: Counts): number {
  return counts.untold > 0 ? NaN : costOf(prices, counts.prompt_tokens, counts.completion_tokens);
}

const whole = (count: number): string => count.toLocaleString("en-US");

const usableText = ({ calls, answered }: Counts): string => `${whole(answered)} of ${whole(calls)}`;

function unusableText(counts: Counts): string {
  return unusable.flatMap((name) => counts[name] > 0 ? [`${whole(counts[name])} ${name}`] : []).join(", ");
}

/** How a run went, as one sentence. */
export function summaryText(tally: RunTally): string {
  const total = tally.total();
  const byArm = armsOf(tally).map(([arm, counts]) => `${arm} ${usableText(counts)}`);
  const cost = costOfCounts(tally, total);
  const tokens = total.prompt_tokens + total.completion_tokens;
  const times = tally.heldBack === 1 ? "once" : `${whole(tally.heldBack)} times`;
  return [
    `${usableText(total)} calls usable${byArm.length > 1 && byArm.length < 9 ? `: ${byArm.join(", ")}` : ""}`,
    unusableText(total),
    total.not_asked > 0 &&
    `${whole(total.not_asked)} not asked${tally.stopped ? ` as ${tally.stopped}` : ""}`,
    total.from_store > 0 && `${whole(total.from_store)} from the store`,
    tally.heldBack > 0 && `held back by the endpoint ${times}`,
    total.asked_again > 0 && `${whole(total.asked_again)} asked again`,
    tokens > 0 && `${whole(tokens)} tokens`,
    cost > 0 && `spent ${moneyText(cost, tally.prices!.currency)}`,
  ].filter(Boolean).join("; ");
}

/** Calls of an arm, or of all, that ended; and how many of them gave no usable answer. */
export function endedCalls({ calls, not_asked, answered }: Counts): { ended: number; unusable: number } {
  return { ended: calls - not_asked, unusable: calls - not_asked - answered };
}

/** The arm that has the largest share of calls without a usable answer, and how it stands, in words. */
export function worstArm(tally: RunTally): string {
  const [worst] = armsOf(tally).map(([arm, counts]) => ({ arm, counts, ...endedCalls(counts) }))
    .sort((a, b) => b.unusable / Math.max(1, b.ended) - a.unusable / Math.max(1, a.ended));
  const { arm, counts, unusable, ended } = worst!;
  return `arm '${arm}': ${whole(unusable)} of ${whole(ended)} (${unusableText(counts)})`;
}
