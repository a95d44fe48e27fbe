import { assert, assertEquals } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { type DriftMeasureName, estimateDrift } from "@understudy/understudy/drift";
import { driftMeasures } from "../../lib/drift/measures.ts";
import { rowsOf } from "./drift_tables.ts";

const measures = Object.keys(driftMeasures) as DriftMeasureName[];
const alphas = [0.01, 0.05, 0.1, 0.2];
const margin = 0.15;

/** A study of chance: 20 to 170 personas, two to six answers, in one arm or in both, more or less drift. */
function someStudy(number: number): Table {
  const random = stream(1, "some study", number);
  const [n, answers] = [20 + random.integer(150), 2 + random.integer(5)];
  const [drift, within] = [random.uniform() * 0.3, random.integer(2) === 1];
  const rows = Array.from({ length: n }, (_, i) => i).flatMap((id) =>
    (within ? ["control", "threat"] : [id % 2 ? "control" : "threat"]).map((arm) => ({
      id,
      arm,
      x: arm === "threat" && random.uniform() < drift ? 0 : random.integer(answers),
    }))
  );
  return tableOf({
    persona_id: rows.map(({ id }) => id),
    arm: rows.map(({ arm }) => arm),
    x: rows.map(({ x }) => x),
  });
}

const studies = Array.from(
  { length: 25 },
  (_, number) =>
    alphas.map((alpha) =>
      measures.flatMap((measure) =>
        rowsOf(estimateDrift(someStudy(number), {
          controls: "x",
          measures: measure,
          permutations: 1,
          bootstraps: 499,
          alpha,
          margin,
        })) as { [column: string]: number }[]
      )
    ),
);

Deno.test("estimateDrift(answers, { alpha }) has intervals that hold the distance and each other", () => {
  for (const byAlpha of studies) {
    measures.forEach((_, m) =>
      byAlpha.forEach((rows, a) => {
        const { statistic, conf_low, conf_high } = rows[m]!;
        assert(alphas[a]! > 0.1 || conf_low! <= statistic! + 1e-9 && statistic! <= conf_high! + 1e-9);
        const wider = byAlpha[a - 1]?.[m];
        if (wider === undefined) return;
        assert(wider.conf_low! <= conf_low! + 2e-3 && conf_high! <= wider.conf_high! + 2e-3);
      })
    );
  }
});

Deno.test("estimateDrift(answers, { margin }) claims small drift only where the interval of twice the level ends below the margin", () => {
  let claims = 0;
  for (const byAlpha of studies) {
    measures.forEach((_, m) => {
      if (byAlpha[1]![m]!.p_equivalence! > 0.05) return;
      claims++;
      assert(byAlpha[2]![m]!.conf_high! < margin * 1.05, `${byAlpha[2]![m]!.conf_high}`);
    });
  }
  assert(claims > 10);
});

Deno.test("estimateDrift(two against two) leaves every distance open", () => {
  const answers = tableOf({ arm: ["control", "control", "threat", "threat"], x: ["l", "r", "l", "r"] });
  const [row] = rowsOf(estimateDrift(answers, { controls: "x", margin }));
  assertEquals([row!.conf_low, row!.conf_high, row!.p_equivalence], [0, 1, 1]);
});
