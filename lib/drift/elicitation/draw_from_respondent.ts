import { RespondentError, showValue } from "../../core/errors.ts";
import type { Respondent, RespondentRequest } from "../../core/respondent.ts";
import { stream } from "../../core/stream.ts";
import { choice } from "../../items/choice.ts";
import { describeItem } from "../../items/describe_item.ts";
import { replySchema } from "../../items/item_schema.ts";
import { parseReply } from "../../items/parse_reply.ts";
import { describePersona, type DescribePersonaOptions } from "../../personas/describe_persona.ts";
import type { KnownColumns } from "./draw_from_population.ts";

/** How a respondent is asked for an attribute. */
export interface RespondentDraw {
  readonly respondent: Respondent;
  readonly levels: readonly string[];
  /** Attributes drawn before this one, which the persona text states too. */
  readonly drawn: readonly string[];
  readonly seed: number;
  readonly persona: DescribePersonaOptions;
  readonly attempts: number;
  readonly concurrency: number;
  readonly allowMissing: boolean;
}

/** Asks a respondent for an attribute of each persona, without any treatment. */
export async function drawFromRespondent(
  action: string,
  personas: KnownColumns,
  attribute: string,
  draw: RespondentDraw,
): Promise<unknown[]> {
  const values: (string | null)[] = [];
  const missing: string[] = [];
  const ids = personas.persona_id!;
  let next = 0;
  const work = async () => {
    for (let row = next++; row < ids.length; row = next++) {
      const answer = await askPersona(personas, row, attribute, draw);
      values[row] = answer.value;
      if (answer.value === null) missing.push(`${showValue(ids[row])}: ${answer.reason}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(draw.concurrency, ids.length) }, work));
  if (missing.length > 0 && !draw.allowMissing) {
    throw new Error(
      `Cannot ${action} as ${draw.respondent.name} gave ${missing.length} of ${ids.length} personas no value of ` +
        `'${attribute}' (${
          missing.sort()[0]
        }): draw it from people, or leave it open with { allowMissing: true }`,
    );
  }
  return values;
}

async function askPersona(
  personas: KnownColumns,
  row: number,
  attribute: string,
  draw: RespondentDraw,
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
    try {
      const reply = await draw.respondent.respond(request);
      const [answer] = parseReply([item], reply, { [attribute]: shown });
      if (answer!.status === "answered") return { value: String(answer!.value), reason: "" };
      reason = answer!.reason;
    } catch (error) {
      if (!(error instanceof RespondentError) || !error.transient) throw error;
      reason = error.message;
    }
  }
  return { value: null, reason };
}

function describe(personas: KnownColumns, row: number, { persona, drawn }: RespondentDraw): string {
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
