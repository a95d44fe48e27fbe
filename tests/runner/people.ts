import { type Table, tableOf } from "@understudy/understudy/core";

/** So many personas, each a year older than the one before. */
export function people(n: number): Table {
  const rows = Array.from({ length: n }, (_, i) => i);
  return tableOf({
    persona_id: rows.map((i) => `p${i}`),
    weight: rows.map(() => 1),
    age: rows.map((i) => 20 + i),
  });
}
