import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateControlBounds,
  repairDrift,
  type RepairDriftOptions,
  type RepairStep,
} from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { rowsOf } from "./drift_tables.ts";

/**
 * An experiment on 1,600 personas in which the treatment moves ideology unless it is stated: `paper` and `church` follow
 * ideology, `accent` follows region, which moves too unless it is stated, and `age` never moves.
 */
function experiment(steps: RepairStep[] = []): (step: RepairStep) => Promise<Table> {
  return (step) => {
    steps.push(step);
    const random = stream(6, "experiment");
    const rows = Array.from({ length: 1600 }, (_, i) => {
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
    reference: ["control"],
    estimate: [mean("threat") - mean("control")],
    std_error: [0.1],
    conf_low: [0],
    conf_high: [1],
  });
}

const quick = { permutations: 199, bootstraps: 199, margin: 0.12 };

function repair(options: Partial<RepairDriftOptions>, steps?: RepairStep[]) {
  const candidates = ["age", "ideology", "region"];
  return repairDrift(experiment(steps), { candidates, steer: "paper", ...quick, ...options });
}

Deno.test("repairDrift(run) adds candidates in order until every steering control is shown to drift below the margin", async () => {
  const steps: RepairStep[] = [];
  const found = await repair({ judge: "church", effect }, steps);
  assertEquals(steps, [
    { iteration: 0, attributes: [] },
    { iteration: 1, attributes: ["age"] },
    { iteration: 2, attributes: ["age", "ideology"] },
  ]);
  assertEquals(found.attributes, ["age", "ideology"]);
  assertEquals(found.verdict, "within margin");
  assertEquals(found.reason, "stopped as the drift of every steering control is below 0.12");
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
    "calls",
    "outcome",
    "arm",
    "reference",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "kappa",
    "open_bias",
    "open_control",
    "widened_low",
    "widened_high",
    "breakdown_kappa",
    "open_reason",
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
  assertEquals(iterations.map((row) => row.verdict), ["found", "found", "within margin"]);
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
    ["0 steer paper found", "0 judge church found", "0 judge age within margin"],
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
  assertStringIncludes(
    found.reason,
    "is below 0.12; judging controls rejected: accent; not excluded: drift of up to 0.",
  );
  assertStringIncludes(found.reason, "(accent)");
});

Deno.test("repairDrift(run) says when candidates or iterations run out", async () => {
  const used = await repair({ candidates: ["age"] });
  assertEquals([used.verdict, used.attributes], ["found", ["age"]]);
  assertStringIncludes(
    used.reason,
    "the candidates are used up; steering controls not shown to drift by less than 0.12: paper",
  );
  const steps: RepairStep[] = [];
  const limited = await repair({ maximumIterations: 1 }, steps);
  assertEquals([limited.verdict, steps.length], ["found", 2]);
  assertStringIncludes(limited.reason, "stopped at the largest number of iterations");
  assertEquals((await repair({ maximumIterations: 0 })).attributes, []);
});

Deno.test("repairDrift(run) asks once where nothing drifts, and adds entries that go together at once", async () => {
  const steps: RepairStep[] = [];
  const still = await repair({ steer: "age" }, steps);
  assertEquals([still.verdict, steps.length], ["within margin", 1]);
  const together = await repair({ candidates: [["region", "ideology"]], steer: ["paper", "accent"] });
  assertEquals([together.verdict, together.attributes], ["within margin", ["region", "ideology"]]);
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
  assertEquals([found.verdict, found.attributes], ["within margin", ["ideology"]]);
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
  await rejects(
    { margin: undefined },
    "'margin' must say below which distance drift would not matter",
    TypeError,
  );
  await rejects({ margin: 2 }, "'margin' must lie between 0 and 1");
  await rejects({ bootstraps: 1 }, "'bootstraps' must be at least 2");
  await rejects({ kappa: -1 }, "'kappa' must be a number of at least 0");
  await rejects({ maximumCalls: 0 }, "'maximumCalls' must be a whole number");
  assertEquals(steps, []);
  await assertRejects(
    () => repairDrift("run" as never, { candidates: [], steer: "paper", margin: 0.1 }),
    TypeError,
    "'run' must be a function",
  );
  await assertRejects(
    () => repairDrift(() => Promise.resolve([] as never), { candidates: [], steer: "paper", margin: 0.1 }),
    TypeError,
    "'run' must resolve to an Arquero table",
  );
  await rejects({ steer: "hat" }, "Cannot repair drift as 'answers' has no column 'hat'");
});

Deno.test("repairDrift({ effect }) widens the interval by what the controls leave open, and says when the conclusion turns", async () => {
  const found = await repair({ judge: "church", effect, kappa: 2 });
  const last = rowsOf(found.iterations).at(-1)! as { readonly [column: string]: number };
  // What estimateControlBounds gives on the same answers.
  const bounds = estimateControlBounds(found.answers.at(-1)!, {
    effects: effect(found.answers.at(-1)!),
    controls: ["paper", "church"],
    kappa: [2],
    bootstraps: 199,
  });
  const all = rowsOf(bounds).find((row) => row.control === "all controls")!;
  assertEquals([last.widened_low, last.widened_high], [all.conf_low, all.conf_high]);
  assertEquals(last.kappa, 2);
  assert(last.open_bias! > 0 && last.widened_low! < last.conf_low!);
  // The interval of this effect begins at 0.
  assertEquals(last.breakdown_kappa, 0);
  const bare = await repair({ effect: (answers) => effect(answers).select("arm", "estimate") });
  assertEquals(rowsOf(bare.iterations)[0]!.open_reason, "the effect's table has no column 'outcome'");
  const strange = await repair({ effect: (answers) => effect(answers).derive({ outcome: () => "voice" }) });
  assertEquals(rowsOf(strange.iterations)[0]!.open_reason, "paper: the answers hold no outcome 'voice'");
  // What the user's function has made numbers of is no reason to lose a run that was paid for.
  const texts = await repair({ effect: (answers) => effect(answers).derive({ outcome: () => "paper" }) });
  assertEquals(rowsOf(texts.iterations)[0]!.open_reason, "paper: the answers hold no outcome 'paper'");
});

Deno.test("repairDrift({ maximumCalls }) stops before an iteration that would go beyond", async () => {
  const steps: RepairStep[] = [];
  const found = await repair({ maximumCalls: 3500 }, steps);
  assertEquals(steps.length, 2);
  assertStringIncludes(found.reason, "stopped as another iteration would go beyond 3500 calls (3200 made)");
  assertEquals(rowsOf(found.iterations).map((row) => row.calls), [1600, 1600]);
});

Deno.test("repairDrift says which further question would help where the controls are weak", async () => {
  const random = stream(3, "weak");
  const rows = Array.from({ length: 400 }, (_, i) => {
    const faith = random.uniform() < 0.5;
    const answers: { [item: string]: unknown } = {
      paper: random.uniform() < 0.5 ? "left" : "right",
      faith: faith ? "yes" : "no",
      pet: random.uniform() < 0.5 ? "cat" : "dog",
      support: (faith ? 5 : 3) + random.integer(3),
    };
    return Object.entries(answers).map(([item, value]) => ({
      persona_id: i,
      arm: i % 2 === 1 ? "threat" : "control",
      item,
      value,
      status: "answered",
    }));
  }).flat();
  const settings = {
    candidates: [],
    steer: "paper",
    effect: (answers: Table) => estimateEffects(answers, { outcome: "support" }),
    permutations: 199,
    bootstraps: 199,
    margin: 0.05,
  };
  const found = await repairDrift(() => Promise.resolve(tableOf(rows)), settings);
  assertEquals(found.verdict, "not found");
  assertStringIncludes(found.reason, "nor a bias of the effect of up to ");
  assertStringIncludes(found.reason, "as a further control 'faith' would help most");
  const without = rows.filter(({ item }) => item !== "faith");
  const none = await repairDrift(() => Promise.resolve(tableOf(without)), settings);
  assertStringIncludes(none.reason, "is shown to tell more of the outcome than the controls do");
});
