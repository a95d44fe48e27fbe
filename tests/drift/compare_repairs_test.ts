import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { notAskedReason, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { compareRepairs, drawAttributes } from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments, unblindTreatments } from "@understudy/understudy/treatments";
import { declareWorld } from "@understudy/understudy/worlds";
import { rowsOf } from "./drift_tables.ts";
import { effectOf } from "../worlds/fixtures.ts";

const population = tableOf({
  age: ["young", "old", "young", "old"],
  ideology: ["left", "left", "right", "right"],
  n: [3, 2, 2, 3],
});
const treatments = declareTreatments({
  control: "The army exercised.",
  threat: "Troops came over the hills.",
});
const items = [
  likert("support", "Do you support sending the navy?", { points: 7 }),
  choice("paper", "Which paper do you read?", ["Left Post", "Right Post"]),
  choice("faith", "In which religion were you raised?", ["one", "other"]),
];
// A world that does not drift where it hears of the random assignment.
const world = declareWorld({
  name: "drifting",
  behaviour: { unblinding: { phrases: ["set by random assignment"], strength: 1 } },
  seed: 4,
  population,
  counts: "n",
  stimuli: { control: "exercised", threat: "over the hills" },
  exposure: { threat: { ideology: { right: 2 } } },
  items: {
    support: {
      kind: "scale",
      range: [1, 7],
      sd: 1,
      intercept: 3,
      effects: { ideology: { right: 1.5 } },
      stimuli: { threat: { effect: 0.5 } },
    },
    paper: {
      kind: "choice",
      options: { "Left Post": {}, "Right Post": { effects: { ideology: { right: 2.5 } } } },
    },
    faith: { kind: "choice", options: { one: {}, other: { effects: { ideology: { right: 2.5 } } } } },
  },
});

interface Way {
  readonly treatments: typeof treatments;
  readonly stated: readonly string[];
}

async function experiment({ treatments, stated }: Way): Promise<Table> {
  const base = samplePersonas(tableOf({ age: ["young", "old"] }), { n: 600, seed: 1 });
  const personas = await drawAttributes(base, { attributes: stated, from: population, counts: "n", seed: 2 });
  const design = declareDesign({ treatments, items, stated: ["age", ...stated] });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 3 }), design, { seed: 4 });
  return await runExperiment(plan, simulatedRespondent(world));
}

const repairs = {
  blind: { treatments, stated: [] },
  covariates: { treatments, stated: ["ideology"] },
  unblinded: {
    treatments: unblindTreatments(treatments, { values: { control: "quiet", threat: "tension" } }),
    stated: [],
  },
};

Deno.test("compareRepairs(run, { repairs }) runs repairs in their order and puts effects and controls side by side", async () => {
  const asked: string[] = [];
  const found = await compareRepairs((way: Way, name) => {
    asked.push(name);
    return experiment(way);
  }, {
    repairs,
    controls: ["paper", "faith"],
    effect: (answers) => estimateEffects(answers, { outcome: "support" }),
    permutations: 499,
    bootstraps: 199,
  });
  assertEquals(asked, ["blind", "covariates", "unblinded"]);
  assertEquals(found.verdicts, {
    blind: "found",
    covariates: "not found",
    unblinded: "not found",
  });
  const rows = rowsOf(found.repairs);
  assertEquals(rows.map((row) => row.label), asked);
  assertEquals(rows[0]!.notes, "controls rejected: paper, faith");
  const truth = effectOf(world, {
    outcome: "support",
    stimulus: "threat",
    reference: "control",
    personas: tableOf({ persona_id: ["p"] }),
  });
  const error = rows.map((row) => Math.abs((row.estimate as number) - truth));
  assert(error[0]! > 0.4 && error[1]! < 0.3 && error[2]! < 0.3, `errors ${error}`);
  assertEquals(found.drift.columnNames().slice(0, 3), ["label", "role", "control"]);
  assertEquals(found.drift.numRows(), 6);
  assertEquals(found.effects.array("label"), asked);
  assertEquals(Object.keys(found.answers), asked);
});

const still = (moved: boolean): Promise<Table> =>
  Promise.resolve(tableOf({
    persona_id: Array.from({ length: 200 }, (_, i) => i),
    arm: Array.from({ length: 200 }, (_, i) => i % 2 === 0 ? "control" : "threat"),
    paper: Array.from({ length: 200 }, (_, i) => i % 4 < 2 || (moved && i % 2 === 1) ? "left" : "right"),
  }));
const quick = { permutations: 199, bootstraps: 199 };

Deno.test("compareRepairs({ margin }) says which repair is shown to leave little drift", async () => {
  const options = { repairs: { blind: true, stated: false }, controls: "paper", ...quick };
  const found = await compareRepairs(still, { ...options, margin: 0.4 });
  assertEquals(found.verdicts, { blind: "found", stated: "within margin" });
  assertEquals((await compareRepairs(still, options)).verdicts.stated, "not found");
  assertEquals(found.effects.numRows(), 0);
  assertEquals(rowsOf(found.repairs).map((row) => row.arm), [null, null]);
});

Deno.test("compareRepairs(…) names what is wrong", async () => {
  const rejects = (options: object, text: string, run: unknown = still) =>
    assertRejects(
      () =>
        compareRepairs(run as typeof still, {
          repairs: { a: true, b: false },
          controls: "paper",
          ...quick,
          ...options,
        }),
      Error,
      text,
    );
  await rejects({ repairs: { a: true } }, "'repairs' must name at least two repairs");
  await rejects({ repairs: [1, 2] }, "'repairs' must be an object");
  await rejects({ repairs: { "": 1, b: 2 } }, "'repairs' must be a non-empty text");
  await rejects({ controls: [] }, "'controls' must name at least one");
  await rejects({ steer: "paper" }, "option 'steer' is unknown");
  await rejects({ effect: 1 }, "'effect' must be a function");
  await rejects({}, "'run' must be a function", "run");
  await rejects({}, "'run' must resolve to an Arquero table", () => Promise.resolve(1));
  const stopped = () =>
    Promise.resolve(tableOf({ persona_id: [1], arm: ["control"], paper: [null], reason: [notAskedReason] }));
  const error = await assertRejects(
    () => compareRepairs(stopped, { repairs: { a: 1, b: 2 }, controls: "paper" }),
    Error,
  );
  assertStringIncludes(error.message, "the run of repair 'a' was stopped before 1 answers");
});

Deno.test("compareRepairs(run) takes a margin in units of the measure, and says what an effect must be", async () => {
  const rows = Array.from({ length: 200 }, (_, i) => i);
  const answers = tableOf({
    persona_id: rows,
    arm: rows.map((i) => i % 2 ? "threat" : "control"),
    years: rows.map((i) => (i >> 1) % 10),
  });
  const options = {
    repairs: { blind: 1, stated: 2 },
    controls: "years",
    permutations: 99,
    bootstraps: 199,
  };
  const run = () => Promise.resolve(answers);
  const scale = await compareRepairs(run, { ...options, measures: "Wasserstein", margin: 1.5 });
  assertEquals(scale.verdicts, { blind: "within margin", stated: "within margin" });
  await assertRejects(
    () => compareRepairs(run, { ...options, margin: 1.5 }),
    RangeError,
    "'margin' must lie between 0 and 1",
  );
  const late = (() => Promise.resolve(answers)) as unknown as (answers: Table) => Table;
  await assertRejects(
    () => compareRepairs(run, { ...options, effect: late }),
    TypeError,
    "'effect' must return an Arquero table",
  );
});
