import { notAskedReason } from "../../core/columns.ts";
import { showValue } from "../../core/errors.ts";
import type { Call, RespondentRequest } from "../../core/respondent.ts";
import { stream } from "../../core/stream.ts";
import { choice } from "../../items/choice.ts";
import { describeItem, parseReply, replySchema } from "../../items/questionnaire.ts";
import { describePersona, type DescribePersonaOptions } from "../../personas/describe_persona.ts";
import type { KnownColumns } from "./draw_from_population.ts";

/** How a model is asked for an attribute. */
interface ModelDraw {
  readonly call: Call;
  readonly levels: readonly string[];
  /** Attributes drawn before this one, which the persona text states too. */
  readonly drawn: readonly string[];
  readonly seed: number;
  readonly persona: DescribePersonaOptions;
  readonly attempts: number;
  readonly allowMissing: boolean;
}

/** Asks a model for an attribute of each persona, without any treatment. */
export async function drawFromModel(
  action: string,
  personas: KnownColumns,
  attribute: string,
  draw: ModelDraw,
): Promise<unknown[]> {
  const ids = personas.persona_id!;
  const answers = await Promise.all(ids.map((_, row) => askPersona(personas, row, attribute, draw)));
  const missing = answers.flatMap(({ value, reason }, row) =>
    value === null ? [`${showValue(ids[row])}: ${reason}`] : []
  );
  // What was ended is not what nobody could say: it is asked again, and left open by nobody.
  if (missing.length > 0) draw.call.signal.throwIfAborted();
  if (missing.length > 0 && !draw.allowMissing) {
    throw new Error(
      `Cannot ${action} as ${draw.call.name} gave ${missing.length} of ${ids.length} personas no value of ` +
        `'${attribute}' (${missing[0]}): draw it from people, or leave it open with { allowMissing: true }`,
    );
  }
  return answers.map(({ value }) => value);
}

async function askPersona(
  personas: KnownColumns,
  row: number,
  attribute: string,
  draw: ModelDraw,
): Promise<{ value: string | null; reason: string }> {
  const item = choice(attribute, `What is your ${attribute.replaceAll("_", " ")}?`, draw.levels);
  const key = ["draw attribute", String(personas.persona_id![row]), attribute] as const;
  // Models favour a place in a list: each persona sees the levels in an order of its own.
  const shown = stream(draw.seed, ...key, "options").shuffle(draw.levels);
  let reason = "";
  for (let replicate = 1; replicate <= draw.attempts; replicate++) {
    const request: RespondentRequest = {
      messages: [
        { role: "system", content: describe(personas, row, draw) },
        { role: "user", content: `[${attribute}] ${describeItem(item, shown)}` },
      ],
      schema: replySchema([item], { [attribute]: shown }),
      seed: stream(draw.seed, ...key, replicate).bits() >>> 1,
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

function describe(personas: KnownColumns, row: number, { persona, drawn }: ModelDraw): string {
  const attributes = Object.fromEntries(
    Object.entries(personas).map(([name, values]) => [name, values[row]]),
  );
  const { phrases = {}, attributes: named, ...style } = persona;
  // Phrases of attributes that are yet to be drawn are not used yet.
  const known = Object.entries(phrases).filter(([name]) => Object.hasOwn(attributes, name));
  return describePersona(attributes, {
    ...style,
    phrases: Object.fromEntries(known),
    ...(named === undefined ? {} : { attributes: [...new Set([...named, ...drawn])] }),
  });
}
