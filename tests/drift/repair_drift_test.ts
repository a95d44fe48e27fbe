import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { repairDrift, type RepairDriftOptions, type RepairStep } from "@understudy/understudy/drift";
import { rowsOf } from "./drift_tables.ts";

/**
 * An experiment on 240 personas in which the treatment moves ideology unless it is stated: `paper` and `church` follow
 * ideology, `accent` follows region, which moves too unless it is stated, and `age` never moves.
 */
function experiment(steps: RepairStep[] = []): (step: RepairStep) => Promise<Table> {
  return (step) => {
    steps.push(step);
    const random = stream(6, "experiment");
    const rows = Array.from({ length: 240 }, (_, i) => {
      const treated = i % 2 === 1;
      const pull = (attribute: string) => treated && !step.attributes.includes(attribute) ? 0.45 : 0;
      const ideology = random.uniform() < 0.4 + pull("ideology") ? "right" : "left";
      const region = random.uniform() < 0.4 + pull("region") ? "south" : "north";
      return {
        persona_id: i,
        arm: treated ? "threat" : "control",
        paper: ideology,
        church: random.uniform() < 0.9 ? ideology : "none",
        accent: region,
        age: random.integer(3),
        support: (ideology === "right" ? 5 : 3) + (treated ? 1 : 0),
      };
    });
    const columns: { [name: string]: unknown[] } = {};
    for (const name of Object.keys(rows[0]!)) columns[name] = rows.map((row) => row[name as "age"]);
    return Promise.resolve(tableOf(columns));
  };
}

function effect(answers: Table): Table {
  const rows = rowsOf(answers);
  const mean = (arm: string) => {
    const values = rows.filter((row) => row.arm === arm).map((row) => row.support as number);
    return values.reduce((a, b) => a + b) / values.length;
  };
  return tableOf({
    outcome: ["support"],
    arm: ["threat"],
    estimate: [mean("threat") - mean("control")],
    std_error: [0.1],
    conf_low: [0],
    conf_high: [1],
  });
}

const quick = { permutations: 199, bootstraps: 0 };

function repair(options: Partial<RepairDriftOptions>, steps?: RepairStep[]) {
  const candidates = ["age", "ideology", "region"];
  return repairDrift(experiment(steps), { candidates, steer: "paper", ...quick, ...options });
}

Deno.test("repairDrift(run) adds candidates in order until no steering control is rejected", async () => {
  const steps: RepairStep[] = [];
  const found = await repair({ judge: "church", effect }, steps);
  assertEquals(steps, [
    { iteration: 0, attributes: [] },
    { iteration: 1, attributes: ["age"] },
    { iteration: 2, attributes: ["age", "ideology"] },
  ]);
  assertEquals(found.attributes, ["age", "ideology"]);
  assertEquals(found.verdict, "not found");
  assertEquals(found.reason, "stopped as no steering control is rejected");
  assertEquals(found.answers.length, 3);
});

Deno.test("repairDrift(run) records drift and effect of every iteration", async () => {
  const found = await repair({ judge: ["church", "age"], effect });
  const iterations = rowsOf(found.iterations);
  assertEquals(found.iterations.columnNames(), [
    "iteration",
    "label",
    "added",
    "attributes",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "arm",
    "steer_p",
    "judge_p",
    "steer_max_excess",
    "judge_max_excess",
    "verdict",
  ]);
  assertEquals(iterations.map((row) => row.iteration), [0, 1, 2]);
  assertEquals(iterations.map((row) => row.label), ["base persona", "with age", "with age, ideology"]);
  assertEquals(iterations.map((row) => row.added), ["", "age", "ideology"]);
  assertEquals(iterations.map((row) => row.attributes), ["", "age", "age, ideology"]);
  assertEquals(iterations.map((row) => row.verdict), ["found", "found", "not found"]);
  assertEquals(iterations.map((row) => row.arm), ["threat", "threat", "threat"]);
  // the true effect is 1; drift of 45 points of ideology adds 2 × .45
  const estimates = iterations.map((row) => row.estimate as number);
  assert(estimates[0]! > 1.6 && Math.abs(estimates[2]! - 1) < 0.25, `estimates ${estimates}`);
  assert((iterations[0]!.steer_p as number) <= 0.05 && (iterations[2]!.steer_p as number) > 0.05);
  assert(
    (iterations[0]!.judge_max_excess as number) > 0.2 && (iterations[2]!.judge_max_excess as number) < 0.1,
  );
  const drift = rowsOf(found.drift);
  assertEquals(drift.length, 9);
  assertEquals(
    drift.slice(0, 3).map((row) => `${row.iteration} ${row.role} ${row.control} ${row.verdict}`),
    ["0 steer paper found", "0 judge church found", "0 judge age not found"],
  );
  assertEquals(found.effects.columnNames()[0], "iteration");
  assertEquals(found.effects.numRows(), 3);
});

Deno.test("repairDrift(run, { effect }) stops at the same iteration whatever the effect", async () => {
  const reversed = (answers: Table) => effect(answers).derive({ estimate: "d => -100 * d.estimate" });
  const [first, second, none] = [
    await repair({ effect }),
    await repair({ effect: reversed }),
    await repair({}),
  ];
  assertEquals(second.attributes, first.attributes);
  assertEquals(none.attributes, first.attributes);
  assertEquals(none.effects.numRows(), 0);
  const row = rowsOf(none.iterations)[0]!;
  assertEquals([row.estimate, row.arm], [NaN, null]);
});

Deno.test("repairDrift(run, { judge }) is not stopped by a judging control, and reports it", async () => {
  const found = await repair({ judge: "accent" });
  assertEquals(found.attributes, ["age", "ideology"]);
  assertEquals(found.verdict, "found");
  assertStringIncludes(found.reason, "no steering control is rejected; judging controls rejected: accent");
});

Deno.test("repairDrift(run) says when candidates or iterations run out", async () => {
  const used = await repair({ candidates: ["age"] });
  assertEquals([used.verdict, used.attributes], ["found", ["age"]]);
  assertStringIncludes(used.reason, "the candidates are used up; steering controls still rejected: paper");
  const steps: RepairStep[] = [];
  const limited = await repair({ maximumIterations: 1 }, steps);
  assertEquals([limited.verdict, steps.length], ["found", 2]);
  assertStringIncludes(limited.reason, "stopped at the largest number of iterations");
  assertEquals((await repair({ maximumIterations: 0 })).attributes, []);
});

Deno.test("repairDrift(run) asks once where nothing drifts, and adds entries that go together at once", async () => {
  const steps: RepairStep[] = [];
  const still = await repair({ steer: "age" }, steps);
  assertEquals([still.verdict, steps.length], ["not found", 1]);
  const together = await repair({ candidates: [["region", "ideology"]], steer: ["paper", "accent"] });
  assertEquals([together.verdict, together.attributes], ["not found", ["region", "ideology"]]);
  assertEquals(rowsOf(together.iterations)[1]!.added, "region, ideology");
});

Deno.test("repairDrift(run) reports missing answers and neither steers nor judges by them", async () => {
  const run = async (step: RepairStep) =>
    (await experiment()(step)).derive({ church: "d => d.arm === 'threat' && d.age === 0 ? null : d.church" });
  const found = await repairDrift(run, {
    candidates: ["ideology"],
    steer: "paper",
    judge: "church",
    ...quick,
  });
  assertEquals([found.verdict, found.attributes], ["not found", ["ideology"]]);
  assertStringIncludes(found.reason, "answers are missing differently between arms");
  assert(rowsOf(found.drift).some((row) => row.role === "missing" && row.verdict === "found"));
  const steering = await repairDrift(run, { candidates: ["ideology"], steer: "church", ...quick });
  assertEquals(rowsOf(steering.drift).map((row) => row.role), ["steer", "missing", "steer", "missing"]);
});

Deno.test("repairDrift(run) does not call a control that cannot vary free of drift", async () => {
  const run = () =>
    Promise.resolve(tableOf({ persona_id: [1, 2], arm: ["control", "threat"], paper: ["left", "left"] }));
  const found = await repairDrift(run, { candidates: ["ideology"], steer: "paper", ...quick });
  assertEquals(found.verdict, "cannot tell");
  assertStringIncludes(found.reason, "could not be checked: paper");
});

Deno.test("repairDrift(run) names what is wrong before it runs anything", async () => {
  const steps: RepairStep[] = [];
  const rejects = (options: object, text: string, kind: typeof TypeError | typeof RangeError = RangeError) =>
    assertRejects(() => repair(options, steps), kind, text);
  await rejects(
    { judge: ["church", "paper"] },
    `'judge' must name no control that steers: current value is ["paper"]`,
  );
  await rejects({ candidates: ["age", ["age"]] }, "'candidates' must name each attribute once");
  await rejects({ candidates: "age" }, "'candidates' must be a list of attributes", TypeError);
  await rejects({ candidates: [[]] }, "'candidates' must name attributes", TypeError);
  await rejects({ steer: [] }, "'steer' must name at least one", TypeError);
  await rejects({ controls: ["paper"] }, "option 'controls' is unknown", TypeError);
  await rejects({ maximumIterations: -1 }, "'maximumIterations' must be a whole number");
  await rejects({ effect: "support" }, "'effect' must be a function", TypeError);
  await rejects({ permutations: 0 }, "'permutations' must be");
  assertEquals(steps, []);
  await assertRejects(
    () => repairDrift("run" as never, { candidates: [], steer: "paper" }),
    TypeError,
    "'run' must be a function",
  );
  await assertRejects(
    () => repairDrift(() => Promise.resolve([] as never), { candidates: [], steer: "paper" }),
    TypeError,
    "'run' must resolve to an Arquero table",
  );
  await rejects({ steer: "hat" }, "Cannot repair drift as 'answers' has no column 'hat'");
});
