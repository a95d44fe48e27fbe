import { type Table, tableOf } from "@understudy/understudy/core";
import { goldenData } from "../stats/golden_cases.ts";

/** Columns of numbers by name. */
export interface Data {
  readonly [column: string]: readonly number[];
}

/** People's and the pool's golden data. */
export const labelled = goldenData("ppi_labeled") as unknown as Data;
export const unlabelled = goldenData("ppi_unlabeled") as unknown as Data;

/** Names of so many. */
export function namesOf(count: number, letter: string): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}${at}`);
}

/** People's rows, and synthetic ones: each person's prediction, then the pool's; `y` with weights `w` where there are some. */
export function pairedTables(people: Data, pool: Data, [y, f]: readonly [string, string]): [Table, Table] {
  const [own, others] = [namesOf(people[y]!.length, "p"), namesOf(pool[f]!.length, "u")];
  const weights = (data: Data, count: number) => data.w ?? new Array<number>(count).fill(1);
  return [
    tableOf({ persona_id: own, y: people[y]!, w: weights(people, own.length) }),
    tableOf({
      persona_id: [...own, ...others],
      y: [...people[f]!, ...pool[f]!],
      w: [...weights(people, own.length), ...weights(pool, others.length)],
    }),
  ];
}
