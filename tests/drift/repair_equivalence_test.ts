import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { repairDrift, type RepairDriftOptions, type RepairStep } from "@understudy/understudy/drift";
import { rowsOf } from "./drift_tables.ts";

/**
 * An experiment in which `paper` and `church` move by 40 points, by 6 points once ideology is stated, and not at all
 * once region is stated too.
 */
function experiment(n: number, steps: RepairStep[] = []): (step: RepairStep) => Promise<Table> {
  return (step) => {
    steps.push(step);
    const random = stream(9, "experiment", step.iteration);
    const { attributes } = step;
    const pull = attributes.includes("region") ? 0 : attributes.includes("ideology") ? 0.06 : 0.4;
    const rows = Array.from({ length: n }, (_, i) => i);
    const arm = rows.map((i) => i % 2 === 1 ? "threat" : "control");
    const answer = (i: number) => random.uniform() < 0.3 + (i % 2 === 1 ? pull : 0) ? "yes" : "no";
    return Promise.resolve(
      tableOf({ persona_id: rows, arm, paper: rows.map(answer), church: rows.map(answer) }),
    );
  };
}

const quick = { permutations: 499, bootstraps: 499 };

function repair(options: Partial<RepairDriftOptions>, n = 3000, steps?: RepairStep[]) {
  const candidates = ["ideology", "region", "age"];
  return repairDrift(experiment(n, steps), {
    candidates,
    steer: "paper",
    judge: "church",
    margin: 0.06,
    ...quick,
    ...options,
  });
}

Deno.test("repairDrift({ margin }) stops only when every steering control is shown to drift below the margin", async () => {
  const found = await repair({ margin: 0.06 });
  assertEquals(found.attributes, ["ideology", "region"]);
  assertEquals(found.verdict, "within margin");
  assertEquals(found.reason, "stopped as the drift of every steering control is below 0.06");
  assertEquals(rowsOf(found.iterations).map((row) => row.verdict), [
    "found",
    "found",
    "within margin",
  ]);
});

Deno.test("repairDrift({ margin }) calls a drift that is found and shown to be small below the margin", async () => {
  // six points are found with 8,000 personas and are below a margin of .1
  const found = await repair({ margin: 0.1 }, 8000);
  assertEquals(found.attributes, ["ideology"]);
  assertEquals(found.verdict, "within margin");
  const last = rowsOf(found.drift).filter((row) => row.iteration === 1 && row.role === "steer");
  assert((last[0]!.p_adjusted as number) < 0.05);
});

Deno.test("repairDrift({ margin }) goes on where nothing is rejected and nothing is shown", async () => {
  const steps: RepairStep[] = [];
  const found = await repair({ margin: 0.06 }, 150, steps);
  assertEquals(steps.length, 4);
  assertEquals(found.verdict, "not found");
  assertStringIncludes(
    found.reason,
    "stopped as the candidates are used up; steering controls not shown to drift by less than 0.06: paper; " +
      "not excluded: drift of up to 0.",
  );
  const limited = await repair({ margin: 0.06, maximumIterations: 1 }, 150);
  assertStringIncludes(
    limited.reason,
    "stopped at the largest number of iterations; steering controls not shown",
  );
});

Deno.test("repairDrift({ margin }) claims equivalence only where it is shown, by the judges too", async () => {
  const blurred = async (step: RepairStep) =>
    (await experiment(3000)(step)).derive({
      church: "d => d.persona_id % 2 === 1 && d.persona_id < 900 ? 'yes' : d.church",
    });
  const judged = await repairDrift(blurred, {
    candidates: [["ideology", "region"]],
    steer: "paper",
    judge: "church",
    margin: 0.06,
    ...quick,
  });
  assertEquals(judged.verdict, "found");
  assertStringIncludes(judged.reason, "judging controls rejected: church");
});

Deno.test("repairDrift({ candidates }) takes the table of elicitConfounders by rank", async () => {
  const steps: RepairStep[] = [];
  const candidates = tableOf({ attribute: ["region", "ideology"], rank: [2, 1] });
  const found = await repair({ candidates, margin: 0.03 }, 1000, steps);
  assertEquals(steps.slice(0, 2).map(({ attributes }) => attributes), [[], ["ideology"]]);
  assertEquals(found.iterations.array("added")[1], "ideology");
  await assertRejects(
    () => repair({ candidates: tableOf({ name: ["a"] }) }),
    RangeError,
    "'candidates' has no column 'attribute'",
  );
});
