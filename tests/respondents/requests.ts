import type { RespondentRequest } from "@understudy/understudy/core";

/** A request with a schema; each seed makes another. */
export function askSupport(
  seed = 1,
  content = "How much do you support it, from 1 to 7?",
): RespondentRequest {
  return {
    messages: [{ role: "system", content: "You are 61 years old." }, { role: "user", content }],
    schema: {
      name: "answers",
      schema: { type: "object", properties: { support: { type: "integer" } }, required: ["support"] },
    },
    seed,
    replicate: 1,
  };
}
