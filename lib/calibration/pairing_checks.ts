import { checkColumns } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import { columnOf, type Table } from "../core/table.ts";
import { effectiveNumber, meanVariance } from "./rectified_mean.ts";

/** Rows of people and of personas, of a table that holds both. */
export function splitTable(action: string, table: Table, name: string): Table[] {
  if (typeof name !== "string") {
    throw new TypeError(cannot(action, "synthetic", "be a table or the name of a column", name));
  }
  checkColumns(action, table, [name]);
  const whole = table.reify() as Table;
  const says = columnOf(whole, name);
  const kinds = ["human", "synthetic"];
  const wrong = says.findIndex((value) => !kinds.includes(value as string));
  if (wrong >= 0) {
    const said = cannot(action, name, "say 'human' or 'synthetic' in every row", says[wrong]);
    throw new RangeError(`${said} (row ${wrong + 1})`);
  }
  return kinds.map((kind) => {
    const rows = [...says.keys()].filter((row) => says[row] === kind);
    if (rows.length === 0) throw new RangeError(cannot(action, name, `name some rows ${kind}`, "none"));
    return whole.reify(rows) as Table;
  });
}

/** That the model's table holds each name that people's does. */
export function checkMet(
  action: string,
  name: string,
  tables: readonly ArrayLike<unknown>[],
  more = "",
): void {
  const [human, synthetic] = tables.map((all) =>
    new Set(Array.from(all, (each) => String(each ?? "")).filter(Boolean))
  );
  const lost = human!.difference(synthetic!);
  if (lost.size === 0) return;
  const shown = (list: ReadonlySet<string>, most: number) =>
    [...list].slice(0, most).map((each) => showValue(each)).join(", ") + (list.size > most ? ", …" : "");
  const found = `${lost.size} of its ${human!.size} are not there, such as ${shown(lost, 3)}`;
  const held = `'human' holds ${shown(human!, 5)}, 'synthetic' ${shown(synthetic!, 5)}`;
  const rule = `hold each '${name}' of 'human'`;
  throw new RangeError(`Cannot ${action} as 'synthetic' must ${rule}: ${found}; ${held}${more}`);
}

/** That units are independent: people whom `assignTreatments` assigned in clusters are not. */
export function refuseClusters(action: string, table: Table, persona: string | undefined): void {
  const names = table.columnNames();
  if (persona === "cluster" || !names.includes("arm_probability") || !names.includes("cluster")) return;
  const rule =
    'be persons, who are independent; those assigned in clusters are taken by { persona: "cluster" }';
  throw new RangeError(cannot(action, "persona", rule, persona));
}

/** How many are predicted by the mean; intervals rest on it that they are as many among people as among others. */
export function noteImputed(
  sides: readonly { predictions: readonly Float64Array[]; arm: Int32Array; weight: Float64Array | null }[],
): string[] {
  if (sides.every(({ predictions, arm }) => arm.every((own, at) => !Number.isNaN(predictions[own]![at]!)))) {
    return [];
  }
  const missing = ({ predictions, arm, weight }: (typeof sides)[number]) =>
    meanVariance(Float64Array.from(arm, (own, at) => Number.isNaN(predictions[own]![at]!) ? 1 : 0), weight);
  const [people, others] = sides.map((side) => missing(side).mean || 0) as [number, number];
  const [n, m] = sides.map(({ weight, arm }) => effectiveNumber(weight, arm.length)) as [number, number];
  const all = (people * n + others * m) / (n + m);
  if (!(all > 0)) return [];
  const [first, second] = [people, others].map((share) => `${Math.round(100 * share)}%`);
  // With Yates's correction: a few that chance put on one side are no difference.
  const apart = Math.abs(people - others) - (1 / n + 1 / m) / 2;
  const { predictions, arm } = sides[0]!;
  const known = (at: number) => predictions.some((each) => !Number.isNaN(each[at]!));
  const elsewhere = arm.filter((own, at) => Number.isNaN(predictions[own]![at]!) && known(at)).length;
  const within = 'subjects: "within" asks each persona in every arm';
  return [
    `no usable synthetic answer for ${first} of people and ${second} of others: the mean is predicted`,
    elsewhere > 0 ? `${elsewhere} people have one in another arm only: ${within}` : "",
    apart <= 1.96 * Math.sqrt(all * (1 - all) * (1 / n + 1 / m))
      ? ""
      : "WARNING: these differ beyond chance, which biases calibrated estimates: they hold where both are predicted alike",
  ];
}
