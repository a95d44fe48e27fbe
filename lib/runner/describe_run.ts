import { checkColumns } from "../core/checks.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { costOf, type KnownPrices, moneyText } from "./prices.ts";

/** What became of one call, as a summary counts it. */
export interface CountedCall {
  /** `answered`, where every question was; else the status of the first that was not. */
  readonly status: string;
  /** Whether it was asked, or found in the store. */
  readonly asked: boolean;
  /** Whether its reply came from the store. */
  readonly cached: boolean;
  /** How often it was asked until this reply. */
  readonly attempt: number;
}

interface ArmCounts {
  calls: number;
  notAsked: number;
  cached: number;
  again: number;
  prompt: number;
  completion: number;
  replies: number;
  untold: number;
  readonly statuses: { [status: string]: number };
}

/** What became of the calls of a run, by arm. */
export class RunTally {
  /** The counts of each arm. */
  readonly arms = new Map<string, ArmCounts>();
  /** What tokens cost; `undefined` where no price is known. */
  prices: KnownPrices | undefined;
  /** How often the endpoint held a call back. */
  heldBack = 0;
  /** Why the run ended before all was asked; `undefined` where it did not. */
  stopped: string | undefined;

  /** The counts of an arm. */
  arm(name: string): ArmCounts {
    let counts = this.arms.get(name);
    if (counts === undefined) {
      counts = {
        calls: 0,
        notAsked: 0,
        cached: 0,
        again: 0,
        prompt: 0,
        completion: 0,
        replies: 0,
        untold: 0,
        statuses: {},
      };
      this.arms.set(name, counts);
    }
    return counts;
  }

  /** Counts a call. */
  add(arm: string, { status, asked, cached, attempt }: CountedCall): void {
    const counts = this.arm(arm);
    counts.calls++;
    if (!asked) counts.notAsked++;
    else counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
    if (cached) counts.cached++;
    if (attempt > 1) counts.again++;
  }

  /** Counts what a reply of this run used. */
  pay(arm: string, prompt: number | null, completion: number | null): void {
    const counts = this.arm(arm);
    counts.replies++;
    if (prompt === null || completion === null) counts.untold++;
    counts.prompt += prompt ?? 0;
    counts.completion += completion ?? 0;
  }

  /** The counts of all arms together. */
  total(): ArmCounts {
    const sum = new RunTally().arm("");
    for (const counts of this.arms.values()) {
      for (const name of amounts) sum[name] += counts[name];
      for (const [status, count] of Object.entries(counts.statuses)) {
        sum.statuses[status] = (sum.statuses[status] ?? 0) + count;
      }
    }
    return sum;
  }
}

const amounts = [
  "calls",
  "notAsked",
  "cached",
  "again",
  "prompt",
  "completion",
  "replies",
  "untold",
] as const;

// A run's counts know more than its table: earlier attempts, how often the endpoint held calls back.
const tallies = new WeakMap<Table, RunTally>();

/** Keeps the counts of a run with its answers, for {@linkcode describeRun}. */
export function keepTally(answers: Table, tally: RunTally): void {
  tallies.set(answers, tally);
}

/**
 * Describes how a run of `runExperiment` went, by arm: how many calls gave usable answers, what became of the others,
 * and what was spent. `runExperiment` gives the sentence of the last row to `onProgress` when it ends.
 *
 * A call is usable where each of its questions was answered. Spent is what was asked in this run; what came from the
 * store was paid for before. A table that `runExperiment` itself returned in this session also tells what earlier attempts
 * cost, how often the endpoint held calls back, and money; one that was loaded from a file tells what stands in it.
 *
 * @param answers from `runExperiment`
 * @returns one row per arm, and `all`: `arm`, `calls`, `usable`, one column for each other status (`refused`, `unparsed`,
 * `truncated`, `empty`, `failed`), `not_asked`, `asked_again`, `from_store`, `prompt_tokens`, `completion_tokens`, `cost`
 * (`NaN` where no price is known, or the endpoint told no tokens), `currency` and the `summary` as a sentence
 * @throws {RangeError} if a column of answers is missing
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { describeRun } from "@understudy/understudy/runner";
 *
 * const answers = tableOf({
 *   arm: ["control", "threat"],
 *   trial_id: ["p1:control", "p2:threat"],
 *   status: ["answered", "unparsed"],
 * });
 * const run = describeRun(answers);
 * assertEquals(run.get("summary", 2), "1 of 2 calls usable: control 1 of 1, threat 0 of 1; 1 unparsed");
 * ```
 */
export function describeRun(answers: Table): Table {
  checkColumns("describe a run", answers, ["arm", "trial_id", "status"], "answers");
  return describeTally(tallies.get(answers) ?? readTally(answers));
}

/** The counts of a table. */
function readTally(answers: Table): RunTally {
  const names = answers.columnNames();
  const cells = (name: string) => names.includes(name) ? columnOf(answers, name) : undefined;
  const [arms, trials, statuses] = [cells("arm")!, cells("trial_id")!, cells("status")!];
  const [keys, details] = [cells("request_key"), cells("status_detail")];
  const [attempts, stored] = [cells("attempt"), cells("cached")];
  const [prompts, completions] = [cells("prompt_tokens"), cells("completion_tokens")];
  const rows = Map.groupBy(trials.keys(), (row) => `${trials[row]} ${keys?.[row] ?? ""}`);
  const tally = new RunTally();
  for (const places of rows.values()) {
    const row = places.find((place) => statuses[place] !== "answered") ?? places[0]!;
    const arm = String(arms[row]);
    const [asked, cached] = [details?.[row] !== "stopped", stored?.[row] === true];
    tally.add(arm, { status: String(statuses[row]), asked, cached, attempt: Number(attempts?.[row] ?? 1) });
    if (asked && !cached && statuses[row] !== "failed") {
      tally.pay(arm, numberOrNull(prompts?.[row]), numberOrNull(completions?.[row]));
    }
  }
  return tally;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** One row for each arm and one for all. */
export function describeTally(tally: RunTally): Table {
  const arms = [...tally.arms.keys()].sort();
  const row = (arm: string, counts: ArmCounts, summary: string) => ({
    arm,
    calls: counts.calls,
    usable: counts.statuses.answered ?? 0,
    ...Object.fromEntries(unusable.map((status) => [status, counts.statuses[status] ?? 0])),
    not_asked: counts.notAsked,
    asked_again: counts.again,
    from_store: counts.cached,
    prompt_tokens: counts.prompt,
    completion_tokens: counts.completion,
    cost: costOfCounts(tally, counts),
    currency: tally.prices?.currency ?? "",
    summary,
  });
  return tableOf([
    ...arms.map((arm) => row(arm, tally.arm(arm), usableText(tally.arm(arm)))),
    row("all", tally.total(), summaryText(tally)),
  ]);
}

const unusable = ["refused", "unparsed", "truncated", "empty", "failed"];

function costOfCounts({ prices }: RunTally, { prompt, completion, untold }: ArmCounts): number {
  return untold > 0 ? NaN : costOf(prices, prompt, completion);
}

const whole = (count: number): string => count.toLocaleString("en-US");

function usableText({ calls, statuses }: ArmCounts): string {
  return `${whole(statuses.answered ?? 0)} of ${whole(calls)}`;
}

/** How a run went, as one sentence. */
export function summaryText(tally: RunTally): string {
  const total = tally.total();
  const arms = [...tally.arms.keys()].sort();
  const byArm = arms.map((arm) => `${arm} ${usableText(tally.arm(arm))}`);
  const others = unusable.filter((status) => total.statuses[status])
    .map((status) => `${whole(total.statuses[status]!)} ${status}`);
  const cost = costOfCounts(tally, total);
  const tokens = total.prompt + total.completion;
  const parts = [
    `${usableText(total)} calls usable${arms.length > 1 && arms.length < 9 ? `: ${byArm.join(", ")}` : ""}`,
    others.join(", "),
    total.notAsked > 0
      ? `${whole(total.notAsked)} not asked${tally.stopped ? ` as ${tally.stopped}` : ""}`
      : "",
    total.cached > 0 ? `${whole(total.cached)} from the store` : "",
    tally.heldBack > 0 ? `held back by the endpoint ${timesText(tally.heldBack)}` : "",
    total.again > 0 ? `${whole(total.again)} asked again` : "",
    tokens > 0 ? `${whole(tokens)} tokens` : "",
    cost > 0 ? `spent ${moneyText(cost, tally.prices!.currency)}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function timesText(count: number): string {
  return count === 1 ? "once" : `${whole(count)} times`;
}

/** The arm that has the largest share of calls without a usable answer, and how it stands, in words. */
export function worstArm(tally: RunTally): string {
  const share = ([, { calls, notAsked, statuses }]: [string, ArmCounts]) =>
    1 - (statuses.answered ?? 0) / Math.max(1, calls - notAsked);
  const [arm, counts] = [...tally.arms].sort((a, b) => share(b) - share(a))[0]!;
  const asked = counts.calls - counts.notAsked;
  const kinds = unusable.filter((status) => counts.statuses[status])
    .map((status) => `${whole(counts.statuses[status]!)} ${status}`);
  return `arm '${arm}': ${whole(asked - (counts.statuses.answered ?? 0))} of ${whole(asked)} (${
    kinds.join(", ")
  })`;
}
