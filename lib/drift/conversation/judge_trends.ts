import { adjustPValues } from "../../stats/multiplicity.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import type { ConversationRow } from "./conversation_rows.ts";

/** What a trend is called, by where it goes. */
export interface TrendNames {
  readonly down: string;
  readonly up: string;
  readonly none: string;
}

/** Adjusts the trends of all arms (Holm) and says of each where it goes. */
export function judgeTrends(
  rows: readonly ConversationRow[],
  settings: ConversationSettings,
  names: TrendNames,
): ConversationRow[] {
  const adjusted = adjustPValues(rows.map((row) => row.p_value), "holm");
  return rows.map((row, i) => {
    const p_adjusted = adjusted[i]!;
    if (Number.isNaN(p_adjusted)) return row;
    const found = row.estimate < 0 ? names.down : names.up;
    return { ...row, p_adjusted, verdict: p_adjusted <= settings.alpha ? found : names.none };
  });
}
