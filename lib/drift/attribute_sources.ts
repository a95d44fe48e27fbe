import { rowWeights } from "../core/checks.ts";
import { notAskedReason } from "../core/columns.ts";
import { showValue } from "../core/errors.ts";
import type { Call, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { columnOf, isMissing, type Table } from "../core/table.ts";
import { choice } from "../items/choice.ts";
import { describeItem, parseReply, replySchema } from "../items/questionnaire.ts";
import type { Margins } from "../personas/declare_margins.ts";
import { describePersona, type DescribePersonaOptions } from "../personas/describe_persona.ts";

export type KnownColumns = { readonly [attribute: string]: readonly unknown[] };

export interface AttributeDraw {
  readonly action: string;
  readonly personas: KnownColumns;
  readonly attribute: string;
  readonly seed: number;
}

/** Draws an attribute from a table of people or counts, for each persona among those who are like it in `given`. */
export function drawFromTable(
  draw: AttributeDraw,
  from: Table,
  given: readonly string[],
  weights: string | undefined,
): unknown[] {
  const { action, personas, attribute } = draw;
  const sizes = rowWeights(action, from, weights, "from");
  const values = columnOf(from, attribute);
  const shares = new Map<string, Map<unknown, number>>();
  keysOf(given.map((name) => columnOf(from, name)), from.numRows()).forEach((key, row) => {
    const levels = shares.get(key) ?? new Map<unknown, number>();
    // A person who has no value says nothing about who has which.
    if (!isMissing(values[row])) levels.set(values[row], (levels.get(values[row]) ?? 0) + sizes[row]!);
    shares.set(key, levels);
  });
  const ids = personas.persona_id!;
  return keysOf(given.map((name) => personas[name]!), ids.length).map((key, row) => {
    const levels = [...shares.get(key) ?? []].filter(([, size]) => size > 0);
    if (levels.length === 0) throw nobodyLike(draw, given, row);
    return levels[streamOf(draw, row).index(levels.map(([, size]) => size))]![0];
  });
}

/** Draws an attribute from declared margins: by itself, or given the parents that it has there. */
export function drawFromMargins(draw: AttributeDraw, from: Margins): unknown[] {
  const { action, personas, attribute } = draw;
  const margin = from.attributes.find(({ name }) => name === attribute)!;
  const absent = margin.given.find((parent) => personas[parent] === undefined);
  if (absent !== undefined) {
    throw new RangeError(
      `Cannot ${action} as '${attribute}' depends on '${absent}', which the personas do not have: draw it first`,
    );
  }
  return personas.persona_id!.map((_, row) => {
    const parents = margin.given.map((parent) => String(personas[parent]![row]));
    const probabilities = margin.probabilities[JSON.stringify(parents)];
    if (probabilities === undefined) throw nobodyLike(draw, margin.given, row);
    return margin.levels[streamOf(draw, row).index(probabilities)];
  });
}

/** The stream of one persona's draw of one attribute, or of a part of it. */
function streamOf({ personas, attribute, seed }: AttributeDraw, row: number, ...part: (string | number)[]) {
  return stream(seed, "draw attribute", String(personas.persona_id![row]), attribute, ...part);
}

function keysOf(columns: readonly (readonly unknown[])[], rows: number): string[] {
  const keyOf = (_: unknown, row: number) => JSON.stringify(columns.map((column) => String(column[row])));
  return Array.from({ length: rows }, keyOf);
}

function nobodyLike({ action, personas, attribute }: AttributeDraw, given: readonly string[], row: number) {
  const like = given.map((name) => `${name} ${showValue(personas[name]![row])}`).join(", ") ||
    "any attribute";
  return new RangeError(
    `Cannot ${action} as 'from' must have people with a value of '${attribute}' who are like persona ` +
      `${showValue(personas.persona_id![row])} (${like}): name fewer attributes in 'given'`,
  );
}

export interface ModelDraw extends AttributeDraw {
  readonly call: Call;
  readonly levels: readonly string[];
  /** Attributes drawn before this one, which the persona text states too. */
  readonly drawn: readonly string[];
  readonly persona: DescribePersonaOptions;
  readonly attempts: number;
  readonly allowMissing: boolean;
}

/** Asks a model for an attribute of each persona, without any treatment. */
export async function drawFromModel(draw: ModelDraw): Promise<unknown[]> {
  const ids = draw.personas.persona_id!;
  const answers = await Promise.all(ids.map((_, row) => askPersona(draw, row)));
  const missing = answers.flatMap(({ value, reason }, row) =>
    value === null ? [`${showValue(ids[row])}: ${reason}`] : []
  );
  // What was ended is not what nobody could say: it is asked again, and left open by nobody.
  if (missing.length > 0) draw.call.signal.throwIfAborted();
  if (missing.length > 0 && !draw.allowMissing) {
    const advice = "draw it from people, or leave it open with { allowMissing: true }";
    throw new Error(
      `Cannot ${draw.action} as ${draw.call.name} gave ${missing.length} of ${ids.length} personas no value of ` +
        `'${draw.attribute}' (${missing[0]}): ${advice}`,
    );
  }
  return answers.map(({ value }) => value);
}

async function askPersona(draw: ModelDraw, row: number): Promise<{ value: string | null; reason: string }> {
  const { attribute, levels } = draw;
  const item = choice(attribute, `What is your ${attribute.replaceAll("_", " ")}?`, levels);
  // Models favour a place in a list: each persona sees the levels in an order of its own.
  const shown = streamOf(draw, row, "options").shuffle(levels);
  let reason = "";
  for (let replicate = 1; replicate <= draw.attempts; replicate++) {
    const request: RespondentRequest = {
      messages: [
        { role: "system", content: describe(draw, row) },
        { role: "user", content: `[${attribute}] ${describeItem(item, shown)}` },
      ],
      schema: replySchema([item], { [attribute]: shown }),
      seed: streamOf(draw, row, replicate).seed(),
      replicate,
    };
    const result = await draw.call.ask(request);
    if (result.kind === "stopped") return { value: null, reason: notAskedReason };
    if (result.kind === "failed") return { value: null, reason: result.error.message };
    const [answer] = parseReply([item], result.stored.reply, { [attribute]: shown });
    if (answer!.status === "answered") return { value: String(answer!.value), reason: "" };
    reason = answer!.reason;
  }
  return { value: null, reason };
}

function describe({ personas, persona, drawn }: ModelDraw, row: number): string {
  const attributes = Object.fromEntries(Object.entries(personas).map(([name, own]) => [name, own[row]]));
  const { phrases = {}, attributes: named, ...style } = persona;
  // Phrases of attributes that are yet to be drawn are not used yet.
  const known = Object.entries(phrases).filter(([name]) => Object.hasOwn(attributes, name));
  return describePersona(attributes, {
    ...style,
    phrases: Object.fromEntries(known),
    ...(named === undefined ? {} : { attributes: [...new Set([...named, ...drawn])] }),
  });
}
