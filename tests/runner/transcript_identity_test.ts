import { assert, assertEquals, assertRejects } from "@std/assert";
import { type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { choice, yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { recordTranscripts, type RecordTranscriptsOptions } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const options: RecordTranscriptsOptions = {
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
  stated: ["party"],
  script: ["What do you make of it?"],
  probes: [choice("party", "Which party are you close to?", ["left", "right"])],
  defaults: 0,
};

/** Tells the party that the persona's text states. */
const honest = ({ schema, messages }: RespondentRequest): string =>
  schema ? JSON.stringify({ party: /right/.test(messages[0]!.content) ? "right" : "left" }) : "I see.";

Deno.test("recordTranscripts() asks a persona that is described otherwise in another arm before both dialogues", async () => {
  const assigned = tableOf({ persona_id: ["p", "p"], arm: ["control", "threat"], party: ["left", "right"] });
  const transcripts = await recordTranscripts(assigned, scriptedRespondent(honest), options);
  const rows = transcripts.objects() as { role: string; turn: number; value: string; stated: string }[];
  const before = rows.filter(({ role, turn }) => role === "probe" && turn === 0);
  assertEquals(before.length, 4);
  assert(before.every(({ value, stated }) => value === stated), JSON.stringify(before));
});

Deno.test("recordTranscripts() refuses personas that it could not tell apart, and rows without a persona", async () => {
  const record = (ids: unknown[]) =>
    recordTranscripts(
      tableOf({ persona_id: ids, arm: ids.map(() => "threat"), party: ids.map(() => "left") }),
      scriptedRespondent(honest),
      options,
    );
  await assertRejects(() => record([1, "1"]), RangeError, "persona 1 stands twice in arm 'threat'");
  for (const id of [null, undefined]) {
    await assertRejects(() => record(["p", id]), RangeError, "have a value in row 2");
  }
});

Deno.test("recordTranscripts() asks a probe called as something that every object inherits", async () => {
  const assigned = tableOf({ persona_id: ["p"], arm: ["threat"] });
  const transcripts = await recordTranscripts(assigned, scriptedRespondent('{"constructor": "yes"}'), {
    ...options,
    stated: [],
    probes: [yesNo("constructor", "Do you build houses?")],
    retest: false,
  });
  const rows = transcripts.objects() as { [column: string]: unknown }[];
  const probes = rows.filter(({ item }) => item === "constructor");
  assertEquals(probes.map(({ value, stated }) => [value, stated]), [[1, null], [1, null]]);
  assert(probes.every(({ option_order }) => option_order === null || typeof option_order === "string"));
});
