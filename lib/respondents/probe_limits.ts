import { RespondentError } from "../core/errors.ts";
import { property } from "./failures.ts";
import { judge, type ProbeCalls, type ProbeFinding, storyTokens } from "./probe_calls.ts";

/** Whether replies say how many tokens they took. */
export async function findUsage(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.plain(), ({ replies: [reply] }) => {
    const { promptTokens, completionTokens } = reply!;
    const count = [promptTokens, completionTokens].filter((tokens) => tokens !== null).length;
    return { found: ["not reported", "in part", "reported"][count]! };
  });
}

/** How much the model can read, as the engine says: llama.cpp, vLLM, OpenRouter, LM Studio, Ollama. */
export async function findContext(calls: ProbeCalls): Promise<ProbeFinding> {
  const { model } = calls.access.settings();
  const root = calls.access.address.replace(/\/v1$/, "");
  const slot = property(property(await calls.look(`${root}/props`), "default_generation_settings"), "n_ctx");
  const list = property(await calls.look("/models"), "data");
  const models: unknown[] = Array.isArray(list) ? list : [];
  const listed = models.find((one) => property(one, "id") === model) ??
    (models.length === 1 ? models[0] : undefined);
  const told = slot ?? property(property(listed, "meta"), "n_ctx") ??
    ["max_model_len", "context_length", "max_context_length", "loaded_context_length"]
      .map((name) => property(listed, name)).find((value) => value !== undefined);
  if (typeof told === "number") {
    return { found: `${told} tokens`, detail: slot === undefined ? "" : "of one slot" };
  }
  const info = property(await calls.look(`${root}/api/show`, { model }), "model_info") ?? {};
  const trained = Object.entries(info).find(([name]) => name.endsWith(".context_length"))?.[1];
  return typeof trained === "number"
    ? {
      found: `at most ${trained} tokens`,
      detail: "what the model was made for; Ollama reads less where num_ctx is lower",
    }
    : { found: "not told" };
}

/** What an endpoint says of its rate limits beside a reply. */
export async function findRateLimits(calls: ProbeCalls): Promise<ProbeFinding> {
  return judge(await calls.plain(), ({ headers }) => {
    const told = [...headers].filter(([name]) => /ratelimit/i.test(name));
    return told.length === 0
      ? { found: "not told" }
      : { found: "told", detail: told.map(([name, value]) => `${name}: ${value}`).join(", ") };
  });
}

/** How long a reply takes, and how many calls the endpoint answers at once. */
export async function findSpeed(calls: ProbeCalls): Promise<ProbeFinding> {
  const root = calls.access.address.replace(/\/v1$/, "");
  const slots = property(await calls.look(`${root}/props`), "total_slots");
  const alone = await calls.choices(1);
  if (alone instanceof RespondentError) return judge(alone, () => ({ found: "cannot tell" }));
  const { results, elapsedMs } = await calls.parallel("none");
  const gain = results.length * alone.latencyMs / elapsedMs;
  const guess = typeof slots === "number"
    ? `${slots} slots: concurrency ${slots}`
    : `4 at once give ${gain.toFixed(1)} times as much: try concurrency ${
      gain > 3 ? "8 or more" : Math.max(1, Math.round(gain))
    }`;
  return { found: `${Math.round(alone.latencyMs)} ms for ${storyTokens} tokens`, detail: guess };
}
