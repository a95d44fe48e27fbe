import { checkColumns, checkRows } from "./checks.ts";
import { distributionOf, isDistribution } from "./distribution.ts";
import { columnOf, groupRows, type Table, tableOf } from "./table.ts";

/** What tells the answers apart that are pooled; wordings and replicates are not among them. */
const together = ["persona_id", "arm", "turn", "task", "profile", "item"];

/**
 * Pools repeated answers to distributions: one row for all replicates and wordings of a persona in an arm and an item,
 * whose `distribution` is how often each answer was given.
 *
 * Draws repeated at the same temperature are the one way to probabilities behind an endpoint that tells none. Answers that
 * are probabilities already are averaged. Means and effects are those of the replicates averaged; what is gained is the
 * distribution itself, to look at and to compare with people's. Answers that are lists or amounts are not pooled: their row
 * has no distribution.
 *
 * @param answers one row per answer, with `persona_id`, `arm`, `item`, `value` and `status`
 * @returns one row per persona, arm and item: the columns of its first answer that was answered (of its first where none
 * was), with `distribution`, `option_mass` (the share of the replies that were answered; of probabilities the mean of
 * theirs, 0 for those that were not) and `pooled`, the number of answers in it
 * @throws {RangeError} if a column is missing
 * @example Three replies of one persona
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pooledAnswers, tableOf } from "@understudy/understudy/core";
 *
 * const answers = tableOf({
 *   persona_id: ["p1", "p1", "p1"],
 *   arm: ["control", "control", "control"],
 *   replicate: [1, 2, 3],
 *   item: ["news", "news", "news"],
 *   value: ["tv", null, "tv"],
 *   status: ["answered", "refused", "answered"],
 * });
 * const pooled = pooledAnswers(answers);
 * assertEquals(pooled.get("distribution", 0), { tv: 1 });
 * assertEquals([pooled.get("option_mass", 0), pooled.get("pooled", 0)], [2 / 3, 2]);
 * ```
 */
export function pooledAnswers(answers: Table): Table {
  const action = "pool answers";
  checkColumns(action, answers, ["persona_id", "arm", "item", "value", "status"], "answers");
  checkRows(action, answers, "answers");
  const names = answers.columnNames();
  const columns: { [name: string]: unknown[] } = Object.fromEntries(
    names.map((name) => [name, columnOf(answers, name)]),
  );
  const parts = together.filter((name) => names.includes(name)).map((name) => columns[name]!);
  const keys = columns.item!.map((_, row) => JSON.stringify(parts.map((part) => part[row])));
  const groups = [...groupRows(keys).values()].map((rows) => {
    const used = rows.filter((row) => columns.status![row] === "answered");
    const sums = new Map<string, number>();
    let mass = 0;
    for (const row of used) {
      const [own, value] = [columns.distribution?.[row], columns.value![row]];
      const given = isDistribution(own) ? own : typeof value === "object" ? {} : { [String(value)]: 1 };
      for (const [answer, part] of Object.entries(given)) sums.set(answer, (sums.get(answer) ?? 0) + part);
      mass += isDistribution(own) ? Number(columns.option_mass?.[row] ?? 1) : 1;
    }
    const total = sums.values().reduce((sum, part) => sum + part, 0);
    // A list among the answers has no probability among theirs.
    const isWhole = used.length > 0 && Math.abs(total - used.length) < 1e-6 * used.length;
    return {
      ...Object.fromEntries(names.map((name) => [name, columns[name]![used[0] ?? rows[0]!]])),
      distribution: isWhole ? distributionOf([...sums.keys()], [...sums.values()]) : null,
      option_mass: isWhole ? mass / rows.length : null,
      pooled: used.length,
    };
  });
  return tableOf(groups);
}
