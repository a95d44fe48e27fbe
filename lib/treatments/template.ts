import { Liquid } from "liquidjs";
import type { SlotValue } from "../core/mod.ts";

// In-memory templates only: a treatment's text can name no file. Strict: an unknown name is an error, not a gap.
const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  templates: {},
});

/** The slots that a text names, in order of appearance; throws with the engine's sentence where it is no template. */
export function templateSlots(text: string): string[] {
  return engine.globalVariablesSync(engine.parse(text));
}

/** Fills the slots of a text. */
export function fillTemplate(text: string, values: { readonly [slot: string]: SlotValue }): string {
  return engine.parseAndRenderSync(text, values) as string;
}
