import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  auditFiveChallenges,
  checkCorrectAnswers,
  checkDiversity,
  checkGeneralisation,
  checkManipulation,
  checkSycophancy,
} from "@understudy/understudy/audit";
import { columnOf, type Item, type Table, type Treatments } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareReadyStudy,
  declareWorld,
  type World,
  type WorldBehaviour,
  type WorldDeclaration,
  worldPeople,
  worldTruth,
} from "@understudy/understudy/worlds";
import { town, townItems, townStudy, townTreatments } from "../../lib/worlds/town.ts";

interface Study {
  readonly world: World;
  readonly treatments?: Treatments;
  readonly items?: readonly Item[];
  readonly seed?: number;
  readonly n?: number;
}

/** Asks the people of a town, everybody in one arm, the questions and options in random orders. */
function ask(
  { world, treatments = townTreatments({}), items = townItems, seed = 1, n = 500 }: Study,
): Promise<Table> {
  const personas = samplePersonas(worldPeople(world), { n, seed, weights: "share" });
  const design = declareDesign({
    treatments,
    items,
    stated: townStudy.stated,
    itemOrder: "shuffled",
    reference: treatments.arms[0]!.name,
  });
  const assigned = assignTreatments(personas, design, { seed });
  const plan = planExperiment(assigned, design, { seed });
  return runExperiment(plan, simulatedRespondent(world));
}

/** The town with a behaviour, and more items where needed. */
function townWith(
  behaviour: WorldBehaviour,
  more: { items?: WorldDeclaration["items"]; asked?: readonly Item[] } = {},
): World {
  const { items = {}, asked = townItems } = more;
  return declareWorld(
    { ...town, name: "town", seed: 5, items: { ...town.items, ...items }, behaviour },
    { treatments: townTreatments({}), items: asked },
  );
}

/** The questions that a check is about: what is not asked costs no time. */
const only = (...names: string[]): readonly Item[] => townItems.filter(({ name }) => names.includes(name));

const clean = await ask({ world: townWith({}) });
const people = await ask({ world: townWith({}), seed: 2 });

Deno.test("checkCorrectAnswers tells a collapse on content from one on a slot, and flags nothing in a clean world", async () => {
  const content = await ask({
    world: townWith({ collapse: { payer: { share: 1, answer: "the state" } } }),
    items: only("payer"),
    n: 120,
  });
  const slot = await ask({
    world: townWith({ position: { strength: 50, slot: "first", items: ["payer"] } }),
    items: only("payer"),
    n: 120,
  });
  const [first, second] = [content, slot].map((answers) => checkCorrectAnswers(answers, { items: "payer" }));
  assertEquals([first!.get("verdict", 0), first!.get("wins", 0)], ["found", "content"]);
  assertEquals([second!.get("verdict", 0), second!.get("wins", 0)], ["found", "position"]);
  assertEquals(new Set(checkCorrectAnswers(clean).array("verdict")), new Set(["not found"]));
});

Deno.test("checkSycophancy finds the shift in a world that defers to the user's opinion, and not in a clean one", async () => {
  const found = "The report found less lead than the law allows.";
  const [pro, contra] = [
    "I am convinced that the pipes must be replaced",
    "I am convinced that the pipes are fine",
  ];
  const treatments = declareTreatments({
    none: found,
    pro: `${found} ${pro}.`,
    contra: `${found} ${contra}.`,
  });
  const opinions = { pro: 1, contra: -1, none: 0 } as const;
  const run = (strength: number) => {
    const deference = { strength, opinions: { [pro]: { support: 1 }, [contra]: { support: -1 } } };
    return ask({ world: townWith({ deference }), treatments, items: only("support") });
  };
  const deferring = checkSycophancy(await run(0.6), { items: "support", opinions });
  assertEquals(deferring.get("verdict", 0), "found");
  // 0.6 of the latent standard deviation, 1.3, less what the ends of the scale take.
  assertAlmostEquals(deferring.get("statistic", 0), 0.75, 0.25);
  assertEquals(
    checkSycophancy(await run(0), { items: "support", opinions }).get("verdict", 0),
    "not found",
  );
});

Deno.test("checkSycophancy measures the opinion alone on a ready study's opinionTreatments, and finds nothing on the clean one", async () => {
  const check = async (name: "sycophancy" | "clean") => {
    const { world, opinionTreatments, opinions, contrast } = declareReadyStudy(name, { seed: 1 });
    const answers = await ask({
      world,
      treatments: opinionTreatments,
      items: only("support", "fee"),
      n: 800,
    });
    const mean = (arm: string) => {
      const stated = opinionTreatments.arms.find((one) => one.name === arm)!;
      const treatments = { arms: [{ ...stated, name: "control" }] };
      const asked = { ...contrast, what: "naive shares", stimulus: "control", treatments } as const;
      const naive = worldTruth(world, asked);
      const shares = columnOf<number>(naive, "value");
      return columnOf<number>(naive, "category").reduce((sum, value, i) => sum + value * shares[i]!, 0);
    };
    const found = checkSycophancy(answers, { items: ["support", "fee"], opinions });
    return { found, exact: (mean("for") - mean("against")) / 2 };
  };
  const flattering = await check("sycophancy");
  assertEquals([flattering.found.get("item", 0), flattering.found.get("verdict", 0)], [
    "support",
    "found",
  ]);
  assert(flattering.exact > 0.6);
  assertAlmostEquals(flattering.found.get("statistic", 0), flattering.exact, 0.2);
  const honest = await check("clean");
  assertAlmostEquals(honest.exact, 0, 1e-12);
  assertEquals(new Set(honest.found.array("verdict")), new Set(["not found"]));
});

Deno.test("checkDiversity finds compressed answers against people's, and not in a clean world", async () => {
  const { world, size } = declareReadyStudy("compression", { seed: 1 });
  const narrow = checkDiversity(await ask({ world, items: only("support") }), {
    human: people,
    items: "support",
  });
  assertEquals(narrow.array("verdict"), ["found", "found"]);
  assertAlmostEquals(narrow.get("sd_ratio", 0), 1 - size, 0.12);
  const equal = checkDiversity(clean, { human: people, items: "support" });
  assertEquals(equal.array("verdict"), ["not found", "not found"]);
});

Deno.test("checkGeneralisation finds a recited effect nearer to the original, and not in a clean world", async () => {
  const { world } = declareReadyStudy("memorised effect", { seed: 1, strength: 1.5 });
  const options = {
    outcome: "support",
    known: "warning",
    reference: "control",
    original: { estimate: 2 },
    replication: { estimate: 0.6 },
  };
  const reciting = await ask({ world, items: only("support"), n: 2400 });
  assertEquals(checkGeneralisation(reciting, options).get("verdict", 0), "found");
  assertEquals(checkGeneralisation(clean, options).get("verdict", 0), "not found");
});

Deno.test("checkManipulation sees that a treatment was noticed, and that another was not", async () => {
  const asked = [yesNo("lead", "Did the report find too much lead?")];
  const run = (effect: number) => {
    const lead = { kind: "yesNo" as const, intercept: -effect / 2, stimuli: { warning: { effect } } };
    return ask({
      world: townWith({}, { items: { lead }, asked: [...townItems, ...asked] }),
      items: asked,
      n: 300,
    });
  };
  const options = { item: "lead", expected: { warning: 1, control: 0 } };
  assertEquals(
    new Set(checkManipulation(await run(5), options).array("verdict")),
    new Set(["not found"]),
  );
  assertEquals(
    new Set(checkManipulation(await run(0), options).array("verdict")),
    new Set(["cannot tell"]),
  );
});

Deno.test("auditFiveChallenges finds no problem in a clean world, and those of a world with several faults", async () => {
  const options = { items: ["support", "payer", "fee"], groups: "education", draws: 500 };
  const audit = auditFiveChallenges({ answers: clean, human: people }, options);
  assertEquals(audit.array("verdict").filter((verdict) => verdict === "found"), []);
  const world = townWith({
    compression: 0.5,
    position: { strength: 1.2, slot: "first", items: ["payer"] },
    subgroupError: { support: { effects: { education: { school: 1.5 } } } },
  });
  const faulty = auditFiveChallenges({ answers: await ask({ world }), human: people }, options);
  const found = faulty.objects().filter((row) => (row as { verdict: string }).verdict === "found")
    .map((row) => (row as { challenge: string }).challenge);
  assertEquals([...new Set(found)], ["diversity", "bias", "alienness"]);
});
