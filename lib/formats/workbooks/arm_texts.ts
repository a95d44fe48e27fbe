import type { Treatments } from "../../core/experiment.ts";
import type { StepText } from "../../core/protocol.ts";
import { declareFactorial, type Factorial } from "../../designs/declare_factorial.ts";
import { fillTemplate } from "../../treatments/template.ts";
import { PlacedCell, sheetFault, type SheetRow } from "./sheet_rows.ts";
import { readLiteral, readTemplate } from "./slots.ts";

/** Values by the names of slots. */
type Values = { readonly [name: string]: string | number | boolean };

type Groups = { readonly [group: string]: Values };

/** What a treatment or a role is: the cell that says it, and its values. */
interface Labelled {
  readonly cell: PlacedCell;
  readonly values: Values;
}

/** The rows of a sheet by their first cells, each of which stands once: the cells beside these. */
export function cellsByLabel(action: string, rows: readonly SheetRow[]): Map<string, PlacedCell> {
  const cells = new Map<string, PlacedCell>();
  for (const row of rows) {
    const label = new PlacedCell(action, row, Object.keys(row.cells)[0]!);
    if (cells.has(label.name())) throw label.fault("not stand twice");
    cells.set(label.name(), new PlacedCell(action, row, "value"));
  }
  return cells;
}

/** Treatments or roles: a text, which is the description, or texts, numbers, true and false by name, as JSON. */
export function readLabels(action: string, rows: readonly SheetRow[]): ReadonlyMap<string, Labelled> {
  return new Map([...cellsByLabel(action, rows)].map(([label, cell]) => {
    const description = cell.text();
    if (!/^\{(?![{%#])/.test(description)) return [label, { cell, values: { description } }];
    const values: Values = { description: "", ...cell.make(() => JSON.parse(description)) };
    const wrong = Object.values(values).find((value) => Object(value) === value || value === null);
    if (wrong === undefined) return [label, { cell, values }];
    throw cell.fault("hold texts, numbers, true or false by name", wrong);
  }));
}

/** The arms, which are treatments or, with constants of several values, combinations; and the texts of roles in them. */
export class ArmTexts {
  readonly treatments: Treatments | Factorial;
  readonly #parts: ReadonlyMap<string, { readonly treatment: Labelled; readonly constant: Values }>;
  readonly #known = new Map<string, Groups>();
  readonly #slots = new Map<string, ReadonlySet<string>>();

  constructor(
    treatments: ReadonlyMap<string, Labelled>,
    readonly roles: ReadonlyMap<string, Labelled>,
    constants: ReadonlyMap<string, PlacedCell>,
  ) {
    const lists = [...constants].map(([name, cell]) => {
      const list = cell.text().startsWith("[") ? readLiteral(cell.text()) : [cell.value ?? ""];
      const isList = Array.isArray(list) && list.length > 0 && list.every((value) => Object(value) !== value);
      if (!isList) throw cell.fault("be a value, or a list such as [5, 10]");
      if (name === "treatment") throw cell.fault("be of another name than the treatment", name);
      return { name, cell, values: list.map(String) };
    });
    const several = lists.filter(({ values }) => values.length > 1);
    const labels = [...treatments.keys()];
    const arms = labels.length * several.reduce((product, { values }) => product * values.length, 1);
    if (arms === 0 || arms * roles.size > 10_000) {
      const rule = "give from 1 to 10000 combinations of treatment, constants and role";
      throw sheetFault("load a workbook", { sheet: arms === 0 ? "treatment" : "constant" }, rule, arms);
    }
    const factors = {
      ...(labels.length > 1 ? { treatment: labels } : {}),
      ...Object.fromEntries(several.map(({ name, values }) => [name, values])),
    };
    const text = Object.keys(factors).map((name) => `{{ ${name} }}`).join(", ");
    const simple = labels.map((name) => ({ name, wordings: [literally(name)], slots: { treatment: name } }));
    this.treatments = several[0]?.cell.make(() => declareFactorial({ factors, text })) ?? { arms: simple };
    const single = Object.fromEntries(lists.map(({ name, values }) => [name, values[0]!]));
    this.#parts = new Map(this.treatments.arms.map(({ name, slots }) => {
      const { treatment = labels[0]!, ...constant } = slots;
      return [name, { treatment: treatments.get(String(treatment))!, constant: { ...single, ...constant } }];
    }));
    for (const role of roles.keys()) {
      const each = [...this.#parts.keys()].map((arm) => slotsOf(this.#values(arm, role)));
      this.#slots.set(role, each.reduce((left, right) => left.intersection(right)).add("response_options"));
    }
  }

  /** The values of an arm and a role; those that have slots are filled from the others. */
  #values(arm: string, label: string): Groups {
    const key = JSON.stringify([arm, label]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [{ treatment, constant }, role] = [this.#parts.get(arm)!, this.roles.get(label)!];
    let values: Groups = { treatment: treatment.values, role: role.values, constant };
    for (let pass = 0; pass <= 5; pass++) {
      const slots = slotsOf(values);
      const fill = ({ cell }: Labelled, own: Values) =>
        Object.fromEntries(
          Object.entries(own).map(([name, value]) => {
            if (typeof value !== "string" || !/\{[{%#]/.test(value)) return [name, value];
            if (pass === 5) throw cell.fault("not lead back to itself", value);
            const liquid = readTemplate(value, (slot) => slots.has(slot), cell.fault.bind(cell));
            return [name, cell.make(() => fillTemplate(liquid, values))];
          }),
        );
      values = { treatment: fill(treatment, values.treatment!), role: fill(role, values.role!), constant };
    }
    this.#known.set(key, values);
    return values;
  }

  /** The text that a role gets: where it has slots, a function of the arm. */
  read(cell: PlacedCell, text: string, role: string, { options = "", isNumbered = false } = {}): StepText {
    const liquid = readTemplate(text, (slot) => this.#slots.get(role)!.has(slot), cell.fault.bind(cell));
    if (!/\{[{%]/.test(liquid) && !isNumbered) return literally(liquid.trim());
    return (s) => {
      const filled = fillTemplate(liquid, { ...this.#values(s.arm, role), response_options: options }).trim();
      return isNumbered ? `Round ${s.round}: ${filled}` : filled;
    };
  }
}

function slotsOf(groups: Groups): Set<string> {
  const slots = Object.entries(groups).map(([group, values]) =>
    Object.keys(values).map((name) => `${group}.${name}`)
  );
  return new Set(slots.flat());
}

/** A text in which braces are braces. */
function literally(text: string): string {
  return text.includes("{") ? `{% raw %}${text}{% endraw %}` : text;
}
