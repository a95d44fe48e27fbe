import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CellSession, type SessionOutput } from "../../../lib/kernel/session/cell_session.ts";
import { DenoKernel } from "../deno_kernel.ts";

/** What a cell gave: its streams joined, and the bundle of its last value. */
interface CellResult {
  readonly printed: string;
  readonly data: { readonly [type: string]: string };
  readonly error: unknown;
}

async function runIn(kernel: DenoKernel, source: string, stopAt = "\0"): Promise<CellResult> {
  let [printed, data] = ["", {}];
  const { error } = await kernel.execute(source, ({ header, content }) => {
    if (header.msg_type === "execute_result") data = content.data as CellResult["data"];
    if (header.msg_type !== "stream") return;
    printed += content.text;
    if (String(content.text).includes(stopAt)) kernel.interrupt();
  });
  return { printed, data, error };
}

const imports = `import "@understudy/understudy/kernel";
  import { assignTreatments, declareDesign, declareTreatments, memoryStore, planExperiment, plotEffects, runExperiment,
    scriptedRespondent, tableOf, yesNo } from "@understudy/understudy";
  let kept = 0;`;

/** Asks 20 people a model that is slow from the ninth on, and tells what became of them. */
const stoppedRun =
  `const design = declareDesign({ treatments: declareTreatments({ a: "A.", b: "B." }), items: [yesNo("fear", "Afraid?")], stated: ["age"] });
  const people = tableOf(Array.from({ length: 20 }, (_, i) => ({ persona_id: "p" + i, age: i })));
  let asked = 0;
  const slow = scriptedRespondent(async () => {
    if (++asked > 8) { console.log("under way"); await new Promise((resolve) => setTimeout(resolve, 1e6)); }
    return '{"fear": "yes"}';
  });
  const store = memoryStore();
  const answers = await runExperiment(planExperiment(assignTreatments(people, design), design), slow, { store, concurrency: 4 });
  const statuses = Object.groupBy(answers.array("status_detail"), (each) => each || "answered");
  Object.entries(statuses).map(([name, rows]) => name + " " + rows.length).join() + "; kept " + await store.count()`;

Deno.test("importing /kernel in Deno's own kernel shows tables and makes the stop button end runs, not the kernel", async () => {
  const kernel = await DenoKernel.start(import.meta.dirname!);
  try {
    await runIn(
      kernel,
      imports,
    );
    const table = await runIn(kernel, `tableOf({ arm: ["<b>"], n: [3] })`);
    assertStringIncludes(table.data["text/html"]!, "&lt;b&gt;");
    assertStringIncludes(table.data["text/plain"]!, "| arm |");
    const figure = await runIn(
      kernel,
      `plotEffects(tableOf({ arm: ["threat"], estimate: [0.42], conf_low: [0.11], conf_high: [0.73] }))`,
    );
    assertStringIncludes(
      figure.data["text/html"]!,
      `alt="Estimated effects on the outcome: threat 0.42 [0.11, 0.73]`,
    );
    // Nobody passes a signal on: the run hears the button by itself, keeps what came and gives a row for everything.
    const run = await runIn(
      kernel,
      stoppedRun,
      "under way",
    );
    assertEquals(run.error, null);
    assertStringIncludes(run.data["text/plain"]!, "answered 8,cut 4,stopped 8; kept 8");
    // What hears no button goes on, and says so.
    const waiting = await runIn(
      kernel,
      `console.log("waiting"); await new Promise((resolve) => setTimeout(resolve, 300)); kept = 7;`,
      "waiting",
    );
    assertStringIncludes(waiting.printed, "Nothing here hears the stop button");
    assert((await runIn(kernel, "kept")).data["text/plain"]!.includes("7"));
  } finally {
    await kernel.close();
  }
});

Deno.test("importing /kernel in the toolkit's kernel ends runs with what they have, and leaves other cells to it", async () => {
  const outputs: SessionOutput[] = [];
  let stopAt = "\0";
  const session = await CellSession.open({
    folder: import.meta.dirname!,
    onOutput: (output) => {
      outputs.push(output);
      if (output.type !== "stream" || !String(output.content.text).includes(stopAt)) return;
      // A second press would end the cell whatever it has.
      stopAt = "\0";
      void session.stop();
    },
  });
  try {
    assertEquals(await session.run(imports, { number: 1 }), null);
    stopAt = "under way";
    assertEquals(await session.run(stoppedRun, { number: 2 }), null);
    const { data } = outputs.find(({ type }) => type === "execute_result")!.content as {
      data: CellResult["data"];
    };
    assertStringIncludes(data["text/plain"]!, "answered 8,cut 4,stopped 8; kept 8");
    stopAt = "waiting";
    const waiting = `console.log("waiting"); await new Promise((resolve) => setTimeout(resolve, 1e6));`;
    assertEquals((await session.run(waiting, { number: 3 }))?.ename, "Interrupted");
    // Nobody listened who had to be waited for.
    assert(!outputs.some(({ content }) => String(content.text).includes("hears the stop button")));
    const table = await session.evaluate(`tableOf({ arm: ["a"] })`) as { data: CellResult["data"] };
    assertStringIncludes(table.data["text/html"]!, "<table");
  } finally {
    await session.close();
  }
});
