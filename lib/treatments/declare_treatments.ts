import { checkName, checkText } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Arm, SlotValue, Treatments } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor } from "../core/options.ts";
import { templateSlots } from "./template.ts";

type Slots = { readonly [slot: string]: SlotValue };

/** One arm as it is declared: a text, several wordings of it, or either with slots of its own. */
export type ArmDeclaration = string | readonly string[] | {
  /** The text, or several wordings of it. */
  readonly text: string | readonly string[];
  /** Values of slots in this arm's text. */
  readonly slots?: { readonly [slot: string]: SlotValue };
};

/** Options of {@linkcode declareTreatments}. */
export interface DeclareTreatmentsOptions {
  /**
   * Values of slots in every arm's text. An arm's own slots win over these.
   * @default {}
   */
  slots?: { readonly [slot: string]: SlotValue };
}

const action = "declare treatments";

const rules = { slots: rule<Slots, Slots>(checkSlotValues, {}) } satisfies RulesFor<DeclareTreatmentsOptions>;

/**
 * Declares the arms of an experiment: what the subjects of each arm read.
 *
 * A text is a Liquid template: `{{ name }}` is a slot, filled from `slots`, else from the persona's attribute of that
 * name, else from its default, `{{ name | default: "…" }}`. A list of texts gives an arm several wordings, so that the
 * effect of one sentence can be told from the effect of what it means. Nothing is filled here; `composeTreatment` fills.
 *
 * @param arms for each arm, its text, a list of wordings, or `{ text, slots }`
 * @param options slots shared by all arms
 * @returns the arms, validated and frozen
 * @throws {TypeError} if an arm has no text, its text is not a template, or a slot is written with single braces
 * @throws {RangeError} if there are fewer than two arms, or a slot is given that no text names
 * @example Two arms with a shared slot
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { composeTreatment, declareTreatments } from "@understudy/understudy/treatments";
 *
 * const treatments = declareTreatments({
 *   control: "{{ state }} holds its yearly exercise.",
 *   threat: "{{ state }} has sent troops across the border.",
 * }, { slots: { state: "Norland" } });
 * assertEquals(composeTreatment(treatments, "control"), "Norland holds its yearly exercise.");
 * ```
 */
export function declareTreatments(
  arms: { readonly [arm: string]: ArmDeclaration },
  options: DeclareTreatmentsOptions = {},
): Treatments {
  const { slots: shared } = readOptions(action, options, rules);
  if (typeof arms !== "object" || arms === null || Array.isArray(arms)) {
    throw new TypeError(
      `${cannot(action, "arms", "be an object", arms)}; for example { control: "…", threat: "…" }`,
    );
  }
  const names = Object.keys(arms);
  if (names.length < 2) throw new RangeError(cannot(action, "arms", "name at least two arms", names));
  const declared = names.map((name) => declareArm(name, arms[name]!, shared));
  for (const slot of Object.keys(shared)) {
    if (!declared.some((arm) => arm.wordings.some((text) => templateSlots(text).includes(slot)))) {
      throw new RangeError(
        `Cannot ${action} as slot '${slot}' stands in no arm's text: write {{ ${slot} }} where it belongs`,
      );
    }
  }
  return Object.freeze({ arms: Object.freeze(declared) });
}

function declareArm(name: string, arm: ArmDeclaration, shared: Slots): Arm {
  checkName(action, "arms", name);
  const declared = typeof arm === "string" || Array.isArray(arm) ? { text: arm } : Object(arm);
  const { text, slots = {} } = declared as { text?: string | readonly string[]; slots?: Slots };
  checkSlotValues(action, `arms.${name}.slots`, slots);
  const wordings = typeof text === "string" ? [text] : [...(text ?? [])];
  if (wordings.length === 0) {
    throw new TypeError(cannot(action, `arms.${name}`, "have a text", arm));
  }
  for (const wording of wordings) checkTemplate(action, `arms.${name}`, wording, `arm '${name}'`);
  const named = wordings.flatMap(templateSlots);
  for (const slot of Object.keys(slots)) {
    if (!named.includes(slot)) {
      throw new RangeError(
        `Cannot ${action} as slot '${slot}' stands not in the text of arm '${name}': its slots are ${
          named.join(", ") || "none"
        }${didYouMean(slot, named)}`,
      );
    }
  }
  const used = Object.entries({ ...shared, ...slots }).filter(([slot]) => named.includes(slot));
  return Object.freeze({
    name,
    wordings: Object.freeze(wordings),
    slots: Object.freeze(Object.fromEntries(used)),
  });
}

/** Checks that a text is a template whose slots have two braces each side. */
export function checkTemplate(
  action: string,
  argument: string,
  text: unknown,
  whose = `'${argument}'`,
): void {
  checkText(action, argument, text);
  try {
    templateSlots(text);
  } catch (error) {
    throw new TypeError(
      `Cannot ${action} as the text of ${whose} is not a template: ${(error as Error).message}`,
    );
  }
  const plain = text.replace(
    /\{%-?\s*(raw|comment)\b[^]*?\{%-?\s*end\1\s*-?%\}|\{\{[^]*?\}\}|\{%[^]*?%\}/g,
    "",
  );
  const [single, slot] = /\{\s*([A-Za-z_]\w*)\s*\}/.exec(plain) ?? [];
  if (single === undefined) return;
  throw new TypeError(
    `Cannot ${action} as the text of ${whose} has single braces around a name, ${single}: a slot is written ` +
      `{{ ${slot} }}, and braces that are text {% raw %}${single}{% endraw %}`,
  );
}

function checkSlotValues(action: string, argument: string, slots: unknown): void {
  if (typeof slots !== "object" || slots === null || Array.isArray(slots)) {
    throw new TypeError(cannot(action, argument, 'be an object such as { state: "Norland" }', slots));
  }
  for (const [slot, value] of Object.entries(slots)) {
    if (["string", "number", "boolean"].includes(typeof value)) continue;
    throw new TypeError(cannot(action, `${argument}.${slot}`, "be a text, a number, true or false", value));
  }
}
