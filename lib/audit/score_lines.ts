import { checkColumns, checkText } from "../core/checks.ts";
import { assignedColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { oneOf, readOptions, rule, type RulesFor } from "../core/options.ts";
import { encodeLabels, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { sum } from "../stats/moments.ts";

/** Options of {@linkcode scoreLines}. */
export interface ScoreLinesOptions {
  /**
   * The role whose rate of intervention is told, such as a facilitator's.
   * @default {undefined} none
   */
  role?: string;
  /**
   * A question answered in numbers, of which is told how far opinions stand apart. Each member's last answer counts.
   * @default {undefined} none
   */
  item?: string;
  /**
   * One row per session, or per session and member.
   * @default {"session"}
   */
  by?: "session" | "member";
}

const action = "score lines";
const rules = {
  role: rule<string, undefined>(checkText, undefined),
  item: rule<string, undefined>(checkText, undefined),
  by: oneOf(["session", "member"], "session"),
} as const satisfies RulesFor<ScoreLinesOptions>;

/**
 * Scores what was said in sessions: how diverse lines are, who takes part, how often a role steps in, how opinions part.
 *
 * Made for `estimateEffects`: `{ outcome: "diversity", clusters: "session" }`. Lines are compared as lower-case words, of a
 * session the first 200 lines and of a line the first 300 words. A turn used in silence is no line; one that failed is neither.
 *
 * @param answers of a design with a protocol: `session`, `member`, `role`, `kind`, `item`, `value`, `status`
 * @param options see {@linkcode ScoreLinesOptions}
 * @returns one row per session, arm, wording and replicate, with what is known of its assignment: `members` (of roles that
 * speak), `turns`, `lines`, `words`; from 0 to 1 `diversity` (1 less the mean ROUGE-L of pairs of lines),
 * `participation_lines`, `participation_words` (entropy of members' shares over its maximum: 1 where all say as much),
 * `intervention_rate` (turns of the role that were no silence), `ndfu` (distance from unimodality of answers to `item`: 0
 * where opinions have one peak) and `ndfu_arm` (of all sessions of the arm; bins are whole numbers, or a tenth of the range
 * where that is above 10); `reason`. By member in their place `member`, `role`, `lines`, `words`, `share_of_lines`, `share_of_words`
 * @throws {RangeError} if a column is missing, the role says nothing, or no number answers the item
 * @see Lin 2004 (ROUGE-L, here F1); Pavlopoulos and Likas 2024, EACL (nDFU)
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { scoreLines, tableOf } from "@understudy/understudy";
 *
 * const line = { session: "g1", role: "member", kind: "line", item: "say", status: "answered" };
 * const scores = scoreLines(tableOf([
 *   { ...line, member: "p1", value: "We should wait." },
 *   { ...line, member: "p2", value: "We should not wait." },
 *   { ...line, member: "p1", value: "Strike now!" },
 * ]));
 * // Three words of three and four in common; of the two other pairs none.
 * assertAlmostEquals(scores.get("diversity", 0), 1 - (2 * 3 / 7) / 3);
 * ```
 */
export function scoreLines(answers: Table, options: ScoreLinesOptions = {}): Table {
  const { role, item, by } = readOptions(action, options, rules);
  checkColumns(action, answers, ["session", "member", "role", "kind", "item", "value", "status"], "answers");
  const columns = Object.fromEntries(answers.columnNames().map((name) => [name, valuesOf(answers, name)]));
  const cell: Cell = (name, row) => columns[name]?.[row] ?? "";
  const rows = [...Array(answers.numRows()).keys()].filter((row) => cell("session", row) !== "");
  const isTurn = (row: number) => cell("kind", row) === "line" && cell("status", row) !== "failed";
  const speaking = new Set(rows.filter(isTurn).map((row) => cell("role", row)));
  if (role !== undefined && !speaking.has(role)) {
    throw new RangeError(cannot(action, "role", `be one that speaks: ${[...speaking].join(", ")}`, role));
  }
  const parts = ["session", "arm", "wording", "replicate"];
  const groups = Map.groupBy(rows, (row) => JSON.stringify(parts.map((name) => cell(name, row))));
  const trials = [...groups.values()].map((own) => {
    return { own, arm: cell("arm", own[0]!), opinions: opinionsOf(cell, own, item) };
  });
  const opinions = trials.flatMap((trial) => trial.opinions);
  if (item !== undefined && opinions.length === 0) {
    throw new RangeError(cannot(action, "item", "be a question that numbers answer", item));
  }
  const binOf = binsOf(opinions);
  const ndfuOf = (some: readonly number[]) => distanceFromUnimodality(some.map(binOf));
  const byArm = [...Map.groupBy(trials, ({ arm }) => arm)];
  const ofArm = new Map(byArm.map(([arm, own]) => [arm, ndfuOf(own.flatMap((one) => one.opinions))]));
  const kept = [...parts, ...Object.keys(assignedColumns)].filter((name) => name in columns);
  const scored = trials.flatMap(({ own, arm, opinions }): object[] => {
    const assigned = Object.fromEntries(kept.map((name) => [name, cell(name, own[0]!)]));
    const ofSpeakers = own.filter((row) => speaking.has(cell("role", row)));
    const members = new Map(ofSpeakers.map((row) => [cell("member", row), cell("role", row)]));
    const turns = own.filter(isTurn).map((row) => ({ by: cell("member", row), words: wordsOf(cell, row) }));
    const said = turns.filter(({ words }) => words.length > 0);
    const [lines, words] = [said.length, sum(said.map((line) => line.words.length))];
    const shares = [...members].map(([member, role]) => {
      const own = said.filter((line) => line.by === member).map((line) => line.words.length);
      const told = { member, role, lines: own.length, words: sum(own) };
      return { ...told, share_of_lines: own.length / lines, share_of_words: told.words / words };
    });
    if (by === "member") return shares.map((share) => ({ ...assigned, ...share }));
    const asked = turns.filter((turn) => members.get(turn.by) === role);
    return [{
      ...{ ...assigned, members: members.size, turns: turns.length, lines, words },
      diversity: diversityOf(said.slice(0, 200).map(({ words }) => words.slice(0, 300))),
      participation_lines: evenness(shares.map((share) => share.share_of_lines)),
      participation_words: evenness(shares.map((share) => share.share_of_words)),
      intervention_rate: asked.filter(({ words }) => words.length > 0).length / asked.length,
      ...{ ndfu: ndfuOf(opinions), ndfu_arm: ofArm.get(arm) },
      reason: [
        lines < 2 ? "no diversity: fewer than 2 lines" : "",
        lines === 0 || members.size < 2 ? "no participation: no lines, or fewer than 2 members" : "",
        role !== undefined && asked.length === 0 ? `no rate of intervention: no turn of ${role}` : "",
        item !== undefined && opinions.length === 0 ? `no nDFU: no number for ${item}` : "",
      ].filter((why) => why !== "").join("; "),
    }];
  });
  return tableOfRows(scored, Object.keys(scored[0] ?? {}));
}

type Cell = (name: string, row: number) => unknown;

/** Lower-case words; of a line that was refused or cut, what was heard. */
function wordsOf(cell: Cell, row: number): string[] {
  const text = String(cell("value", row) || (cell("status", row) === "answered" ? "" : cell("raw", row)));
  return text.toLowerCase().match(/[\p{Letter}\p{Mark}\p{Number}]+/gu) ?? [];
}

/** Of each member the last number, of a judge the last on each line. */
function opinionsOf(cell: Cell, rows: readonly number[], item: string | undefined): number[] {
  const last = new Map<string, number>();
  for (const row of rows) {
    const value = cell("value", row);
    if (cell("item", row) !== item || !Number.isFinite(value)) continue;
    last.set(JSON.stringify([cell("member", row), cell("line", row)]), value as number);
  }
  return [...last.values()];
}

/** One less the mean F1 of all pairs' longest common subsequences. */
function diversityOf(lines: readonly (readonly string[])[]): number {
  const { codes } = encodeLabels(action, "value", lines.flat());
  let [total, end] = [0, 0];
  const coded = lines.map(({ length }) => codes.subarray(end, end += length));
  coded.forEach((line, first) => {
    const [masks, blocks] = [new Map<number, Uint32Array>(), Math.ceil(line.length / 32)];
    line.forEach((word, at) => {
      masks.getOrInsertComputed(word, () => new Uint32Array(blocks))[at >>> 5]! |= 1 << (at & 31);
    });
    for (const other of coded.slice(0, first)) {
      total += (2 * commonLength(masks, blocks, other)) / (line.length + other.length);
    }
  });
  return 1 - total / ((lines.length * (lines.length - 1)) / 2);
}

/** The length of the longest common subsequence: the bits that fall, of 32 words at once (Hyyrö 2004). */
function commonLength(masks: ReadonlyMap<number, Uint32Array>, blocks: number, other: Int32Array): number {
  const bits = new Uint32Array(blocks).fill(0xffffffff);
  for (const word of other) {
    const mask = masks.get(word);
    for (let block = 0, carry = 0; mask !== undefined && block < bits.length; block++) {
      const own = bits[block]!;
      const added = own + ((own & mask[block]!) >>> 0) + carry;
      carry = added > 0xffffffff ? 1 : 0;
      bits[block] = added | (own & ~mask[block]!);
    }
  }
  let common = 0;
  for (const block of bits) for (let left = ~block; left !== 0; left &= left - 1) common++;
  return common;
}

/** Entropy of shares over its maximum. */
function evenness(shares: readonly number[]): number {
  if (shares.length < 2) return NaN;
  return sum(shares.map((share) => share === 0 ? 0 : -share * Math.log(share))) / Math.log(shares.length);
}

/** The bin of an answer: itself where few whole numbers are in the range of all, else its tenth of that. */
function binsOf(all: readonly number[]): (value: number) => number {
  const low = all.reduce((least, value) => Math.min(least, value), Infinity);
  const high = all.reduce((most, value) => Math.max(most, value), -Infinity);
  if (high - low <= 10 && all.every(Number.isInteger)) return (value) => value - low;
  return (value) => Math.min(9, Math.floor((10 * (value - low)) / (high - low)) || 0);
}

/** The steepest rise away from the first highest of 11 bins, over its height (Pavlopoulos and Likas 2024, section 3). */
function distanceFromUnimodality(bins: readonly number[]): number {
  const counts = new Array<number>(11).fill(0);
  for (const bin of bins) counts[bin]!++;
  const top = Math.max(...counts);
  const peak = counts.indexOf(top);
  const rises = counts.map((own, at) => at === peak ? 0 : own - counts[at + (at < peak ? 1 : -1)]!);
  return bins.length === 0 ? NaN : Math.max(...rises) / top;
}
