import { assertEquals, assertRejects } from "@std/assert";
import type { Table } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { openAiRespondent, probeEndpoint, scriptedRespondent } from "@understudy/understudy/respondents";
import { caller, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { installStopButton, onStop, untilStopped } from "../../lib/core/stop_button.ts";
import { people } from "./people.ts";

/** Gives a button to press, and how many hear it; takes it away in the end. */
async function withButton(use: (press: () => void, hearing: () => number) => Promise<void>): Promise<void> {
  const heard = new Set<(reason: DOMException) => void>();
  const reason = new DOMException("The run was stopped", "AbortError");
  installStopButton((stop) => {
    heard.add(stop);
    return () => void heard.delete(stop);
  });
  try {
    await use(() => heard.forEach((stop) => stop(reason)), () => heard.size);
    assertEquals(heard.size, 0);
  } finally {
    installStopButton(() => () => {});
  }
}

const never = () => new Promise<string>(() => {});

Deno.test("runExperiment() without a signal ends at the stop button with what it has, and the next run goes on", async () => {
  const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross." });
  const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
  const plan = planExperiment(assignTreatments(people(10), design, { seed: 1 }), design, { seed: 2 });
  const store = memoryStore();
  const details = (answers: Table) =>
    Object.groupBy(answers.array("status_detail") as string[], (each) => each);
  await withButton(async (press, hearing) => {
    let asked = 0;
    const respondent = scriptedRespondent(() => {
      if (++asked < 5) return '{"fear": "yes"}';
      assertEquals(hearing(), 1);
      press();
      return never();
    });
    const stopped = details(await runExperiment(plan, respondent, { store, concurrency: 2, drainMs: 1 }));
    assertEquals([stopped[""]?.length, stopped.cut?.length, stopped.stopped?.length, hearing()], [
      4,
      2,
      4,
      0,
    ]);
    const other = scriptedRespondent('{"fear": "yes"}');
    assertEquals(details(await runExperiment(plan, other, { store }))[""]?.length, 10);
  });
});

Deno.test("caller(), probeEndpoint() and untilStopped() hear the stop button while they work, and only then", async () => {
  await withButton(async (press, hearing) => {
    const call = caller(scriptedRespondent(never), { drainMs: 1 });
    assertEquals(hearing(), 0);
    const asked = call.ask({ messages: [{ role: "user", content: "?" }], replicate: 1 });
    assertEquals(hearing(), 1);
    press();
    assertEquals((await asked).kind, "stopped");
    const probe = probeEndpoint(
      openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:9/v1", apiKey: "k" }),
    );
    press();
    await assertRejects(() => probe, DOMException, "The run was stopped");
    const given = new AbortController();
    const waits = () =>
      untilStopped(
        (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        given,
      );
    const [first, second] = [waits(), waits()];
    assertEquals(hearing(), 2);
    given.abort(new Error("by the caller"));
    await assertRejects(() => first, Error, "by the caller");
    await assertRejects(() => second, Error, "by the caller");
  });
  onStop(() => assertEquals(true, false))();
});
