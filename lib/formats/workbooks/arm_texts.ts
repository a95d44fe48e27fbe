import type { Arm, Treatments } from "../../core/experiment.ts";
import type { StepText } from "../../core/protocol.ts";
import { loading, type PlacedCell, type ReadRow, sheetFault } from "./sheet_rows.ts";
import { readSlotText, stepText } from "./slots.ts";

/** The values of slots, and the cells that say them. */
type Values = Map<string, { readonly cell: PlacedCell; readonly value: unknown }>;

/** The values of treatments or roles: a text, which is the description, or values by name, as JSON. */
export function readLabels(group: string, rows: ReadonlyMap<string, ReadRow>): Map<string, Values> {
  return new Map([...rows].map(([label, { at }]) => {
    const cell = at("value");
    const isJson = /^\{(?![{%#])/.test(cell.text());
    const own = isJson ? cell.make(() => JSON.parse(cell.text())) : { description: cell.text() };
    const values = Object.entries<unknown>({ description: "", ...own });
    const wrong = values.find(([, value]) => Object(value) === value || value === null);
    if (wrong !== undefined) throw cell.fault("hold texts, numbers, true or false by name", wrong[1]);
    return [label, new Map(values.map(([name, value]) => [`${group}.${name}`, { cell, value }]))];
  }));
}

/** Fills values that have slots from the others. */
function fillValues(values: Values): Values {
  for (let pass = 0; pass <= 5; pass++) {
    const before = new Map(values);
    const find = (slot: string) => before.has(slot) ? () => before.get(slot)!.value : null;
    for (const [slot, { cell, value }] of before) {
      if (!/\{[{%#]/.test(String(value))) continue;
      if (pass === 5) throw cell.fault("not lead back to itself", value);
      const { fill } = readSlotText(cell, find, { text: String(value) });
      values.set(slot, { cell, value: cell.make(() => fill({} as never)) });
    }
  }
  return values;
}

/** The arms: treatments, or their combinations with constants of several values; and how a text for roles is read. */
export function readArms(
  labels: ReadonlyMap<string, Values>,
  { roles, constants }: {
    readonly roles: ReadonlyMap<string, Values>;
    readonly constants: ReadonlyMap<string, ReadRow>;
  },
): {
  readonly treatments: Treatments;
  /** What a role is told of itself. */
  readonly describe: (role: string) => StepText;
  readonly textOf: (cell: PlacedCell, text: string, to: readonly string[]) => StepText;
} {
  let arms = [...labels].map(([name, values]) => ({ name, values }));
  for (const [constant, { at }] of constants) {
    const cell = at("value");
    const list = cell.text().startsWith("[") ? cell.literal() : [cell.value ?? ""];
    if (!Array.isArray(list) || new Set(list.map(String)).size < Math.max(list.length, 1)) {
      throw cell.fault("be a value, or a list of different values such as [5, 10]");
    }
    if (arms.length * list.length * roles.size > 10_000) {
      throw cell.fault("give at most 10000 combinations of treatment, constants and role");
    }
    arms = arms.flatMap(({ name, values }) =>
      list.map((value) => ({
        name: list.length === 1 ? name : `${name}.${value}`,
        values: new Map([...values, [`constant.${constant}`, { cell, value: String(value) }]]),
      }))
    );
  }
  if (arms.length === 0) throw sheetFault(loading, { sheet: "treatment" }, "give at least one arm", 0);
  const byArm = new Map(arms.map(({ name, values }) => {
    const byRole = [...roles].map(([role, own]) => [role, fillValues(new Map([...values, ...own]))] as const);
    return [name, new Map(byRole)];
  }));
  const textOf = (cell: PlacedCell, text: string, to: readonly string[]): StepText => {
    const all = [...byArm.values()].flatMap((byRole) => to.map((role) => byRole.get(role)!));
    const { slots, fill } = readSlotText(cell, (slot) => {
      if (!all.every((values) => values.has(slot))) return null;
      return (s, me) => byArm.get(s.arm)!.get(to.length === 1 ? to[0]! : me.role)!.get(slot)!.value;
    }, { text });
    return stepText(slots.length === 0, fill);
  };
  const armOf = (name: string): Arm => ({ name, wordings: [`{% raw %}${name}{% endraw %}`], slots: {} });
  const describe = (role: string) => {
    const { cell, value } = roles.get(role)!.get("role.description")!;
    return textOf(cell, String(value), [role]);
  };
  return { treatments: { arms: arms.map(({ name }) => armOf(name)) }, describe, textOf };
}
