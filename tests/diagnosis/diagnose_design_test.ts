import { assert, assertEquals, assertRejects } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import { diagnoseDesign } from "@understudy/understudy/diagnosis";
import { estimateEffects } from "@understudy/understudy/estimation";
import { choice, yesNo } from "@understudy/understudy/items";
import { ask, declareProtocol, seat, type Step, tell, treatment } from "@understudy/understudy/protocols";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld } from "@understudy/understudy/worlds";
import { effectOf } from "../worlds/fixtures.ts";

const population = tableOf({ party: ["A", "B"], n: [60, 40] });
const treatments = declareTreatments({ control: "An exercise.", threat: "An incursion." });
const world = declareWorld({
  name: "w",
  seed: 1,
  population,
  counts: "n",
  stimuli: { control: "exercise", threat: "incursion" },
  items: {
    fear: {
      kind: "yesNo",
      effects: { party: { B: 1 } },
      stimuli: { threat: { effect: 1, by: { party: { B: 1 } } } },
    },
    side: { kind: "choice", options: { home: { stimuli: { threat: { effect: 1 } } }, away: {} } },
  },
}, { treatments });
const design = declareDesign({
  treatments,
  items: [yesNo("fear", "Are you afraid?"), choice("side", "Which side are you on?", ["home", "away"])],
  stated: ["party"],
});
const fear = (answers: Table) => estimateEffects(answers, { outcome: "fear" });
const options = { population, counts: "n", n: 20, simulations: 4, seed: 1 };

function value(diagnosis: Table, diagnosand: string): number {
  return diagnosis.get("value", columnOf(diagnosis, "diagnosand").indexOf(diagnosand)) as number;
}

Deno.test("diagnoseDesign(…) takes the truth from the world, for the personas asked", async () => {
  const personas = tableOf({
    persona_id: ["p1", "p2", "p3", "p4"],
    weight: [1, 1, 1, 1],
    party: ["A", "B", "B", "B"],
  });
  const diagnosis = await diagnoseDesign(design, world, fear, { personas, simulations: 2, seed: 1 });
  const contrast = { outcome: "fear", stimulus: "threat", reference: "control", personas };
  assertEquals(value(diagnosis, "mean_truth"), effectOf(world, contrast));
  const untold = { ...design, stated: [] };
  const blind = await diagnoseDesign(untold, world, fear, { personas, simulations: 2, seed: 1 });
  assertEquals(value(blind, "mean_truth"), effectOf(world, { ...contrast, stated: [] }));
  assert(value(blind, "mean_truth") !== value(diagnosis, "mean_truth"));
});

Deno.test("diagnoseDesign(…) knows the truth of shares of an answer, and takes one that it is told", async () => {
  const share = (answers: Table) => estimateEffects(answers, { outcome: "side", category: "home" });
  const diagnosis = await diagnoseDesign(design, world, share, options);
  const home = Math.E / (1 + Math.E) - 0.5;
  assert(Math.abs(value(diagnosis, "mean_truth") - home) < 1e-12);
  assertEquals(
    value(await diagnoseDesign(design, world, fear, { ...options, truth: 0.25 }), "mean_truth"),
    0.25,
  );
});

Deno.test("diagnoseDesign(seed) decides everything, and simulations differ", async () => {
  const estimates: number[] = [];
  const watch = (answers: Table) => {
    const effects = fear(answers);
    estimates.push(effects.get("estimate", 0) as number);
    return effects;
  };
  const first = await diagnoseDesign(design, world, watch, options);
  const again = await diagnoseDesign(design, world, watch, options);
  assertEquals(columnOf(first, "value"), columnOf(again, "value"));
  assertEquals(estimates.slice(0, 4), estimates.slice(4));
  assert(new Set(estimates).size > 1);
});

Deno.test("diagnoseDesign(personas) keeps them; diagnoseDesign(population) draws them anew", async () => {
  const seen: string[] = [];
  const watch = (answers: Table) => {
    seen.push(JSON.stringify(columnOf(answers, "party")));
    return fear(answers);
  };
  const personas = tableOf({ persona_id: ["p1", "p2", "p3", "p4"], party: ["A", "B", "B", "A"] });
  await diagnoseDesign(design, world, watch, { personas, simulations: 3, seed: 1 });
  assertEquals(new Set(seen).size, 1);
  seen.length = 0;
  await diagnoseDesign(design, world, watch, { ...options, simulations: 3 });
  assert(new Set(seen).size > 1);
});

Deno.test("diagnoseDesign(onProgress, signal) tells where it stands and stops when asked", async () => {
  const controller = new AbortController();
  const told: number[] = [];
  const onProgress = ({ done }: { done: number; total: number }) => {
    told.push(done);
    if (done === 2) controller.abort(new Error("enough"));
  };
  await assertRejects(
    () => diagnoseDesign(design, world, fear, { ...options, onProgress, signal: controller.signal }),
    Error,
    "enough",
  );
  assertEquals(told, [1, 2]);
});

Deno.test("diagnoseDesign(…) names what is wrong with its arguments", async () => {
  const run = (given: object, estimator = fear) => () =>
    diagnoseDesign(design, world, estimator, given as never);
  await assertRejects(run({ seed: 1 }), RangeError, "'personas' must be given where 'population' is not");
  await assertRejects(
    run({ ...options, personas: population }),
    RangeError,
    "'personas' must be given where",
  );
  await assertRejects(run({ ...options, n: undefined }), RangeError, "'n' must be");
  await assertRejects(run({ ...options, seed: 0.5 }), TypeError, "'seed' must be a whole number");
  await assertRejects(run({ ...options, sims: 5 }), TypeError, "option 'sims' is unknown");
  await assertRejects(run(options, "fear" as never), TypeError, "'estimator' must be a function");
  await assertRejects(
    run({ ...options, truth: { peace: 1 } }),
    RangeError,
    `'truth' must name every arm: "threat" is missing, it names "peace"`,
  );
  await assertRejects(run({ ...options, truth: NaN }), TypeError, "'truth' must be a finite number");
  await assertRejects(run(options, () => tableOf({ outcome: ["fear"] })), RangeError, "no column 'estimate'");
  await assertRejects(
    run(options, () => tableOf({ estimate: [] })),
    RangeError,
    "'estimator' must return at least one estimate",
  );
  const other = () => tableOf({ outcome: ["trust"], arm: ["threat"], estimate: [1] });
  await assertRejects(
    run(options, other),
    RangeError,
    "'outcome' must name an item of the world (fear, side)",
  );
  const unknown = () => tableOf({ outcome: ["fear"], arm: ["peace"], estimate: [1] });
  await assertRejects(run(options, unknown), RangeError, "'arm' must name a stimulus of the world");
});

Deno.test("diagnoseDesign(…) knows the truth where all are told the treatment, and asks for it where others pass it on", async () => {
  const asked = {
    personas: tableOf({ persona_id: ["a", "b", "c", "d"], party: ["A", "B", "A", "B"] }),
    groups: { size: 2 },
  };
  const diagnose = (steps: Step[], more: object = {}) => {
    const talked = declareDesign({
      ...{ treatments, stated: ["party"], clusters: "session" },
      protocol: declareProtocol({ steps: [...steps, ask([yesNo("fear", "Are you afraid?")])] }),
    });
    return diagnoseDesign(talked, world, fear, { ...asked, simulations: 2, ...more });
  };
  const partly = [tell(treatment(), { to: seat(1) })];
  await assertRejects(() => diagnose(partly), RangeError, "not all personas are told the treatment");
  assertEquals(value(await diagnose(partly, { truth: 0 }), "mean_truth"), 0);
  assert(value(await diagnose([tell(treatment())]), "mean_truth") > 0);
});
