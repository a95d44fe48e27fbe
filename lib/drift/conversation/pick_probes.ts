import { cannot } from "../../core/errors.ts";
import { distinct } from "../../core/table.ts";
import type { Spoken, Transcripts } from "./read_transcripts.ts";

/** The items to be scored: those asked for, else all that were probed. */
export function pickItems(
  action: string,
  argument: string,
  { spoken }: Transcripts,
  asked: string | readonly string[] | undefined,
): readonly string[] {
  const present = distinct(spoken.flatMap(({ role, item }) => role === "probe" ? [item] : []));
  if (present.length === 0) {
    throw new RangeError(cannot(action, "transcripts", "hold answers to probes", "lines alone"));
  }
  const items = asked === undefined ? present : [asked].flat();
  if (items.length === 0) throw new RangeError(cannot(action, argument, "name at least one probe", items));
  for (const item of items) {
    if (present.includes(item)) continue;
    throw new RangeError(
      `Cannot ${action} as '${argument}' names '${item}': the probes are ${present.join(", ")}`,
    );
  }
  return distinct(items);
}

/** The turns at which something was said, in order. */
export function turnsOf(spoken: readonly { readonly turn: number }[]): number[] {
  return distinct(spoken.map(({ turn }) => turn)).sort((a, b) => a - b);
}

/** Each persona's own answer before the dialogue, by persona, arm and item: the first where it was asked twice. */
export function ownAnswers(spoken: readonly Spoken[]): Map<number, Spoken> {
  const own = new Map<number, Spoken>();
  for (const answer of spoken) {
    if (answer.role !== "probe" || answer.turn !== 0) continue;
    const before = own.get(answer.place);
    if (before === undefined || answer.replicate < before.replicate) own.set(answer.place, answer);
  }
  return own;
}
