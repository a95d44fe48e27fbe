import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RespondentError, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { openAiRespondent, scriptedRespondent, serveRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { serveFaulty } from "../support/faulty_server.ts";

const design = declareDesign({
  treatments: declareTreatments({ control: "Quiet.", threat: "Troops cross the border." }),
  items: [likert("support", "Support?", { points: 7 }), yesNo("fear", "Afraid?")],
  stated: ["name"],
  itemOrder: "fixed",
});

function planFor(n: number) {
  const personas = tableOf({
    persona_id: Array.from({ length: n }, (_, i) => `p${i}`),
    weight: Array.from({ length: n }, () => 1),
    name: Array.from({ length: n }, (_, i) => `Person${i}.`),
  });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
}

const fine = '{"support": 4, "fear": "no"}';
const noWait = () => Promise.resolve();

/** Statuses and reasons of each persona's answers. */
function outcomes(answers: Table): Map<string, { status: string[]; reason: string; raw: string }> {
  const found = new Map<string, { status: string[]; reason: string; raw: string }>();
  for (
    const row of answers.objects() as { persona_id: string; status: string; reason: string; raw: string }[]
  ) {
    const known = found.get(row.persona_id);
    if (known) known.status.push(row.status);
    else found.set(row.persona_id, { status: [row.status], reason: row.reason, raw: row.raw });
  }
  return found;
}

Deno.test("a run over HTTP meets every fault: passing ones are tried again, the others are rows with their reason", async () => {
  const script = scriptedRespondent((request) => {
    const who = /Person(\d+)/.exec(request.messages[0]!.content)![1];
    switch (who) {
      case "0":
        return { text: '{"support": 4, "fe', finishReason: "length" };
      case "1":
        return { text: "", refusal: "I cannot answer that." };
      case "2":
        return "not JSON at all";
      case "3":
        return '{"support": 9, "fear": "no"}';
      case "4":
        return "";
      default:
        return fine;
    }
  });
  const seen = new Map<string, number>();
  await using server = await serveFaulty(script, {
    faults: (body) => {
      const text = JSON.stringify(body);
      const who = /Person(\d+)/.exec(text)![1]!;
      const times = (seen.get(who) ?? 0) + 1;
      seen.set(who, times);
      if (who === "5" && times === 1) return { status: 429, headers: { "retry-after": "7" } };
      if (who === "6" && times <= 2) return { status: 500 };
      if (who === "7") return { status: 500 };
      if (who === "8" && times === 1) return { truncate: 40 };
      if (who === "9") return { body: "<html>Welcome</html>", headers: { "content-type": "text/html" } };
      return undefined;
    },
  });
  const waits: number[] = [];
  const store = memoryStore();
  const answers = await runExperiment(planFor(12), openAiRespondent(server.connection), {
    store,
    concurrency: 1,
    retries: 3,
    delay: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  });
  assertEquals(answers.numRows(), 24);
  const found = outcomes(answers);
  const of = (who: number) => found.get(`p${who}`)!;
  assertEquals([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((who) => of(who).status), [
    ["truncated", "truncated"],
    ["refused", "refused"],
    ["unparsed", "unparsed"],
    ["unparsed", "answered"],
    ["empty", "empty"],
    ["answered", "answered"],
    ["answered", "answered"],
    ["failed", "failed"],
    ["answered", "answered"],
    ["failed", "failed"],
    ["answered", "answered"],
  ]);
  assertStringIncludes(of(0).reason, "cut at the token limit");
  assertEquals(of(0).raw, '{"support": 4, "fe');
  assertStringIncludes(of(1).reason, "I cannot answer that.");
  assertEquals(of(2).raw, "not JSON at all");
  assertStringIncludes(of(3).reason, "9 is out of range 1 to 7");
  assertStringIncludes(of(7).reason, "500");
  assertStringIncludes(of(7).reason, "(4 attempts)");
  assertStringIncludes(of(9).reason, "a web page, not a chat completion");
  // Less what has passed since the endpoint said so.
  assert(waits.some((wait) => wait > 6000 && wait <= 7000));
  // What failed is not kept, so that the next run asks for it again; everything else is.
  assertEquals(await store.count(), 10);
});

Deno.test("an unreachable endpoint and a refused key end a run with an error that says what to do", async () => {
  const server = await serveRespondent(scriptedRespondent(() => fine), { apiKey: "right-key" });
  const wrong = openAiRespondent({ ...server.connection, apiKey: "wrong-key-0123456789" });
  const refused = await assertRejects(
    () => runExperiment(planFor(3), wrong, { delay: noWait }),
    RespondentError,
  );
  assertEquals([refused.kind, refused.message.includes("wrong-key")], ["unauthorized", false]);
  const connection = server.connection;
  await server.close();
  const gone = await assertRejects(
    () => runExperiment(planFor(3), openAiRespondent(connection), { delay: noWait, retries: 1 }),
    RespondentError,
  );
  assertEquals(gone.kind, "unreachable");
  assertStringIncludes(gone.message, "127.0.0.1");
});

Deno.test("a run aborted over HTTP returns what was answered, and the next run asks only for the rest", async () => {
  const controller = new AbortController();
  let served = 0;
  const script = scriptedRespondent(() => {
    if (++served === 5) controller.abort();
    return fine;
  });
  await using server = await serveRespondent(script);
  const store = memoryStore();
  const respondent = openAiRespondent(server.connection);
  const answers = await runExperiment(planFor(20), respondent, {
    store,
    signal: controller.signal,
    concurrency: 2,
  });
  const kept = await store.count();
  assert(kept >= 3 && kept <= 6, `${kept} kept`);
  const answered =
    answers.objects().filter((row) => (row as { status: string }).status === "answered").length;
  assertEquals(answered, 2 * kept);
  const before = server.requests;
  const rest = await runExperiment(planFor(20), respondent, { store });
  assertEquals(server.requests - before, 20 - kept);
  assertEquals(rest.objects().every((row) => (row as { status: string }).status === "answered"), true);
});
