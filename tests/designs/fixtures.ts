import { type Item, type Table, tableOf, type Treatments } from "@understudy/understudy/core";

/** Treatments with arms of these names. */
export function treatmentsOf(...arms: string[]): Treatments {
  return { arms: arms.map((name) => ({ name, wordings: [`This is ${name}.`], slots: {} })) };
}

/** One question. */
export const items: readonly Item[] = [{ kind: "text", name: "answer", text: "What do you say?" }];

/** Personas p1, p2, … with further columns. */
export function personasOf(n: number, columns: { [name: string]: unknown[] } = {}): Table {
  return tableOf({ persona_id: Array.from({ length: n }, (_, row) => `p${row + 1}`), ...columns });
}
