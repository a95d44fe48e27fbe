import { type AuditItemOptions, itemNames } from "../audit/check_table.ts";
import { itemsOf } from "../audit/item_answers.ts";
import { checkColumns, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type Rule, rule } from "../core/options.ts";
import { isLong } from "../core/study.ts";
import { columnOf, type Table } from "../core/table.ts";

/** Which items are compared, and what can be answered. */
export interface ComparedItemsOptions extends AuditItemOptions {
  /**
   * The lowest and the highest answer, where synthetic answers do not tell which options were shown (`option_order`).
   * @default {undefined} what those options say
   */
  scale?: readonly [lowest: number, highest: number];
}

export const comparedItemsRules = {
  items: itemNames,
  scale: rule<readonly [number, number], undefined>((action, name, value) => {
    const [low, high, ...others] = [value].flat() as number[];
    if (others.length === 0 && Number.isFinite(low) && Number.isFinite(high) && low! < high!) return;
    throw new RangeError(cannot(action, name, "be [lowest, highest]", value));
  }, undefined),
} as const;

/** The rule of an option that holds tables by these names. */
export function tablesOf<Tables extends object>(...known: (keyof Tables & string)[]): Rule<Tables, Tables> {
  return rule<Tables, Tables>((action, name, value) => {
    const tables = Object.entries(value as object).map(([own, table]) => [`${name}.${own}`, table] as const);
    checkOptions(action, Object.fromEntries(tables), known.map((own) => `${name}.${own}`));
    for (const [own, table] of tables) checkColumns(action, table, [], own);
  }, {} as Tables);
}

/** The items that are compared: those asked for, else those of a long table that the other one answers too. */
export function itemsOfBoth(
  action: string,
  [human, synthetic]: readonly [Table, Table],
  asked: ComparedItemsOptions["items"],
): readonly string[] {
  checkColumns(action, human, [], "human");
  checkColumns(action, synthetic, [], "synthetic");
  const items = itemsOf(action, isLong(synthetic) ? synthetic : human, asked);
  const other = isLong(synthetic) ? human : synthetic;
  const answered = isLong(other) ? columnOf(other, "item") : other.columnNames();
  return asked === undefined ? items.filter((item) => answered.includes(item)) : items;
}
