import { type Item, type Table, tableOfRows } from "../core/mod.ts";
import { describeCall } from "./collect_answers.ts";
import type { Said } from "./converse.ts";

/** One persona in one arm, or (`null`) nobody. */
export interface Speaker {
  readonly persona: string | null;
  readonly arm: string | null;
  /** The system message. */
  readonly text: string;
  /** The row of the assigned table. */
  readonly assigned: { readonly [column: string]: unknown };
  /** For each probe what the persona's text states of it; `null` where it states nothing. */
  readonly stated: { readonly [item: string]: unknown };
}

/** Columns that a transcript has beside the assigned table's. */
export const transcriptColumns = [
  "turn",
  "role",
  "replicate",
  "item",
  "value",
  "status",
  "reason",
  "raw",
  "stated",
  "range",
  "persona_text",
  "option_order",
  "model",
  "cached",
  "request_key",
] as const;

/** One row per line, and per probe and answer. */
export function transcriptRows(
  said: readonly Said[],
  speaker: Speaker,
  items: readonly Item[],
  shown: { readonly [item: string]: readonly string[] },
): { [column: string]: unknown }[] {
  return said.flatMap(({ role, turn, replicate, answers, outcome }) => {
    const { model, cached, request_key } = describeCall(outcome);
    return answers.map((answer, i) => {
      const item = role === "line" ? undefined : items[i]!;
      return {
        ...speaker.assigned,
        turn,
        role,
        replicate,
        item: item?.name ?? "line",
        ...answer,
        stated: item === undefined ? null : speaker.stated[item.name] ?? null,
        range: item === undefined ? null : rangeOf(item),
        persona_text: speaker.text,
        option_order: item === undefined || shown[item.name] === undefined
          ? null
          : JSON.stringify(shown[item.name]),
        model,
        cached,
        request_key,
      };
    });
  });
}

/** The length of an item's scale; `null` where its answers have no distance but the same or not. */
function rangeOf(item: Item): number | null {
  if (item.kind === "likert") return item.points - 1;
  if (item.kind !== "number" || item.minimum === null || item.maximum === null) return null;
  return item.maximum - item.minimum;
}

/** The transcripts table. */
export function transcriptTable(
  rows: readonly { readonly [column: string]: unknown }[],
  assignedNames: readonly string[],
): Table {
  const full = rows.map((row) =>
    Object.fromEntries(
      [...assignedNames, ...transcriptColumns].map((
        name,
      ) => [name, row[name] === undefined ? null : row[name]]),
    )
  );
  return tableOfRows(full, [...assignedNames, ...transcriptColumns]);
}
