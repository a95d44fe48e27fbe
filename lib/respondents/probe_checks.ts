import { RespondentError } from "../core/errors.ts";
import type { RespondentReply } from "../core/respondent.ts";
import { readReplyText } from "../items/json.ts";
import { thoughtFields } from "./completion_reply.ts";
import type { Completion } from "./endpoint_access.ts";
import { property } from "./failures.ts";
import {
  failedFinding,
  firstChoice,
  isRejection,
  judge,
  probeAnswers,
  type ProbeCalls,
  type ProbeCheck,
  type ProbeFinding,
  type ProbeResult,
} from "./probe_calls.ts";
import { findContext, findRateLimits, findSpeed, findUsage } from "./probe_limits.ts";
import {
  findChoices,
  findLimit,
  findLogProbabilities,
  findParallelSeed,
  findParameters,
  findSeed,
  findUnderSchema,
} from "./probe_sampling.ts";

/** The checks of a probe, in the order of the table's rows. */
export const probeChecks: readonly ProbeCheck[] = [
  { what: "model", options: ["model"], find: findModel },
  { what: "reply", options: [], find: findReply },
  { what: "sampling parameters", options: ["parameters"], find: findParameters },
  { what: "token limit", options: ["tokenLimit"], find: findLimit },
  { what: "system message", options: ["systemRole"], find: findSystem },
  { what: "json_schema", options: ["schemaMode"], find: findSchemaMode },
  {
    what: "json_object",
    options: ["schemaMode"],
    find: async (calls) => judgeObject(await calls.asObject()),
  },
  { what: "log-probabilities", options: ["logProbabilities"], find: findLogProbabilities },
  { what: "log-probabilities under a schema", options: ["logProbabilities"], find: findUnderSchema },
  { what: "seed", options: ["sendSeed", "seedBits"], find: findSeed },
  { what: "seed, 4 at once", options: [], find: findParallelSeed },
  { what: "several replies (n)", options: ["choices"], find: findChoices },
  { what: "usage", options: [], find: findUsage },
  { what: "context length", options: [], find: findContext },
  { what: "rate limits", options: [], find: findRateLimits },
  { what: "speed", options: [], find: findSpeed },
];

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));
const neverRead = "such replies are empty: a thought is never read as an answer";

async function findModel(calls: ProbeCalls): Promise<ProbeFinding> {
  const list = property(await calls.look("/models"), "data");
  const names = (Array.isArray(list) ? list : []).map((one) => String(property(one, "id")));
  const listed = names.includes(calls.access.settings().model);
  return judge(await calls.plain(), ({ replies }) => ({
    found: listed ? "listed" : names.length === 0 ? "no list" : "not listed, and answered for",
    detail: `replies name ${quoted(replies[0]!.model)}` +
      (listed || names.length === 0 ? "" : `; listed: ${names.slice(0, 5).map(quoted).join(", ")}`),
  }));
}

/** What a reply consists of: text, thought apart, in the text or in place of it, nothing. */
async function findReply(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.plain(), (completion) => {
    const { text, thought, refusal, finishReason } = completion.replies[0]!;
    const message = property(firstChoice(completion), "message");
    const detail = `2 + 3: ${quoted(refusal ?? text)}`;
    if (refusal !== null) return { found: "refusal", detail };
    if (thought === undefined) return { found: text.trim() === "" ? "blank" : "text", detail };
    const field = thoughtFields.find((name) => property(message, name));
    const where = field === undefined ? "thought in the text, between tags" : `thought apart (${field})`;
    if (text !== "") return { found: where, detail };
    return finishReason === "length"
      ? { found: where, detail: "cut before it answered: leave such a model more tokens" }
      : { found: `${where}, instead of an answer`, detail: neverRead };
  });
}

async function findSystem(calls: ProbeCalls): Promise<ProbeFinding> {
  const plain = await calls.plain();
  const result = await calls.withSystem();
  if (isRejection(result)) return failedFinding(result, "rejected", { systemRole: "user" });
  return judge(result, ({ replies: [reply] }) => {
    const set = { systemRole: "system" } as const;
    const { text, thought = "", promptTokens } = reply!;
    if (/\bheron\b/i.test(`${thought} ${text}`)) return { found: "followed", set };
    const before = plain instanceof RespondentError ? null : plain.replies[0]!.promptTokens;
    if (!before || !promptTokens) {
      return { found: "cannot tell", detail: "not followed, and tokens are not counted" };
    }
    const detail = `prompt of ${before} tokens, with it ${promptTokens}`;
    return promptTokens === before
      ? { found: "overlooked", detail, set: { systemRole: "user" } }
      : { found: "read, not followed", detail, set };
  });
}

/** Whether a text is the answer that the schema allows, or its beginning. */
function fits(text: string): boolean {
  const { object } = readReplyText(text);
  return probeAnswers.includes(String(object?.code)) || /^\s*\{\s*"code"/.test(text);
}

async function findSchemaMode(calls: ProbeCalls): Promise<ProbeFinding> {
  const finding = judgeForm(await calls.withSchema(), fits);
  if (finding.found === "held") return { ...finding, set: { schemaMode: "json_schema" } };
  // What cannot be told leaves the respondent as it is.
  if (finding.found === "cannot tell") return finding;
  const asObject = judgeObject(await calls.asObject()).found === "held";
  return { ...finding, set: { schemaMode: asObject ? "json_object" : "none" } };
}

function judgeObject(result: ProbeResult): ProbeFinding {
  return judgeForm(
    result,
    (text, finishReason) => /^\s*\{/.test(text) && (finishReason === "length" || /\}\s*$/.test(text)),
  );
}

/** Whether a reply has the form that was asked for, and where it stands. */
function judgeForm(
  result: ProbeResult,
  isHeld: (text: string, finishReason: RespondentReply["finishReason"]) => boolean,
): ProbeFinding {
  if (isRejection(result)) return failedFinding(result, "rejected");
  return judge(result, ({ replies: [reply] }: Completion) => {
    const { text, thought = "", finishReason } = reply!;
    if (isHeld(text, finishReason)) return { found: "held" };
    if (text.trim() !== "") return { found: "overlooked", detail: `replied ${quoted(text)}` };
    if (isHeld(thought, finishReason)) {
      return { found: "held, but in place of the thought", detail: neverRead };
    }
    if (thought === "") return { found: "blank" };
    return finishReason === "length"
      ? { found: "cannot tell", detail: "the reply was cut in its thought" }
      : { found: "thought alone", detail: neverRead };
  });
}
