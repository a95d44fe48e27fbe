import { Liquid } from "liquidjs";
import { showValue } from "../core/errors.ts";
import type { SlotValue } from "../core/experiment.ts";

// In-memory templates only: a treatment's text can name no file. Strict: an unknown name is an error, not a gap.
const engine = new Liquid({
  strictVariables: true,
  // A slot with a default, or within a condition, may be missing.
  lenientIf: true,
  strictFilters: true,
  ownPropertyOnly: true,
  templates: {},
  // A text that takes longer than this to write is a mistake, or an attack.
  renderLimit: 1000,
  parseLimit: 100_000,
  memoryLimit: 1_000_000,
});

// The same slots must give the same text: what draws at random or tells the time is taken away, and so are loops and
// files, which a treatment has no use for.
const tags = ["if", "unless", "case", "comment", "raw", "#", "assign"];
for (const name of Object.keys(engine.tags)) if (!tags.includes(name)) delete engine.tags[name];
for (const name of Object.keys(engine.filters)) {
  if (name.startsWith("date") || ["sample", "shuffle"].includes(name)) delete engine.filters[name];
}

/** The slots that a text names, in order of appearance; throws with the engine's sentence where it is no template. */
export function templateSlots(text: string): string[] {
  if (!text.includes("{{") && !text.includes("{%")) return [];
  return engine.globalVariablesSync(engine.parse(text));
}

/** A slot of a text has no value and no default. */
export class UnfilledSlot extends Error {
  /** Names the slot. */
  constructor(readonly slot: string) {
    super(`slot '${slot}' has no value`);
  }
}

/** Fills the slots of a text. */
export function fillTemplate(text: string, values: { readonly [slot: string]: unknown }): string {
  // Most treatments are texts without slots.
  if (!text.includes("{{") && !text.includes("{%")) return text;
  try {
    return engine.parseAndRenderSync(text, values) as string;
  } catch (error) {
    const { originalError } = error as { originalError?: { variableName?: string } };
    throw originalError?.variableName === undefined ? error : new UnfilledSlot(originalError.variableName);
  }
}

/** Fills the slots of a text for somebody from what is known; a gap is an error that names it. */
export function fillFor(
  action: string,
  text: string,
  known: { readonly [slot: string]: unknown },
  who: string,
): string {
  const isThere = ([, value]: [string, unknown]) => (value ?? "") !== "" && !Number.isNaN(value);
  const values = Object.fromEntries(Object.entries(known).filter(isThere)) as { [slot: string]: SlotValue };
  try {
    return fillTemplate(text, values);
  } catch (error) {
    if (!(error instanceof UnfilledSlot)) throw error;
    const none = `slot '${error.slot}' in ${showValue(text)} has no value for ${who}`;
    throw new RangeError(
      `Cannot ${action} as ${none}: give one, or write {{ ${error.slot} | default: "…" }}`,
    );
  }
}
