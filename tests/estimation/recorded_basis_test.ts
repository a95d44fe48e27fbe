import { assertEquals } from "@std/assert";
import { columnOf, distinct, type Table, tableOf } from "@understudy/understudy/core";
import * as drift from "@understudy/understudy/drift";
import * as estimation from "@understudy/understudy/estimation";
import { loadHuman } from "@understudy/understudy/formats";
import { adviseStudy } from "@understudy/understudy/report";
import type { Basis } from "@understudy/understudy";

const rows = Array.from({ length: 120 }, (_, row) => row);
const columns = {
  persona_id: rows.map((row) => `h${row}`),
  arm: rows.map((row) => row % 2 ? "treated" : "control"),
  y: rows.map((row) => (row * 7) % 11 + row % 2),
  yes: rows.map((row) => (row * 5) % 13 > 5 + row % 2 ? 1 : 0),
  x: rows.map((row) => (row * 3) % 7),
  place: rows.map((row) => "bcd"[row % 3]),
  group: rows.map((row) => `g${row % 10}`),
  price: rows.map((row) => row % 4 < 2 ? "low" : "high"),
  colour: rows.map((row) => row % 8 < 4 ? "red" : "blue"),
};
const features = { price: ["low", "high"], colour: ["red", "blue"] };
const people = (basis: readonly unknown[]): Table => tableOf({ ...columns, basis: [...basis] });

const transcripts = (kind: string, basis: readonly unknown[]): Table =>
  tableOf({
    persona_id: rows.map((row) => row % 40),
    arm: rows.map(() => "treated"),
    turn: rows.map((row) => Math.floor(row / 40)),
    kind: rows.map(() => kind),
    item: rows.map(() => "party"),
    value: rows.map((row) => row % 40 < 40 / 2 ** Math.floor(row / 40) ? "left" : "none"),
    stated: rows.map(() => "left"),
    persona_text: rows.map(() => "left"),
    basis: [...basis],
  });
const opinions = (basis: readonly unknown[]): Table =>
  transcripts("probe", basis).assign(tableOf({
    persona_id: rows.map((row) => row < 8 ? null : row % 40),
    kind: rows.map((row) => row < 8 ? "default" : "probe"),
    value: rows.map((row) => row % 5),
    range: rows.map(() => 4),
    stated: rows.map(() => null),
  }));

type Asked = { basis?: Basis };
const outcome = "y";
const effect = { outcome, replicates: 20 };
const family = { outcomes: ["y", "x"], replicates: 100 };
const verbs: { [name: string]: (basis: readonly unknown[], options: Asked) => Table } = {
  checkEquivalence: (b, o) => estimation.checkEquivalence(people(b), { outcome, bounds: 2, ...o }),
  checkSharpNull: (b, o) => estimation.checkSharpNull(people(b), { outcome, permutations: 50, ...o }),
  estimateAcie: (b, o) =>
    estimation.estimateAcie(people(b), { outcome, features, between: ["price", "colour"], ...o }),
  estimateAmce: (b, o) => estimation.estimateAmce(people(b), { outcome, features, ...o }),
  estimateBalancedEffects: (b, o) =>
    estimation.estimateBalancedEffects(people(b), { outcome, covariates: "place", ...o }),
  estimateBootstrap: (b, o) => estimation.estimateBootstrap(people(b), { ...effect, ...o }),
  estimateBounds: (b, o) => estimation.estimateBounds(people(b), { outcome, ...o }),
  estimateComplierEffects: (b, o) =>
    estimation.estimateComplierEffects(people(b), { outcome, treatment: "yes", ...o }),
  estimateConstantEffect: (b, o) => estimation.estimateConstantEffect(people(b), { outcome, ...o }),
  estimateContrasts: (b, o) =>
    estimation.estimateContrasts(people(b), { outcome, by: "place", reference: "control", ...o }),
  estimateEffectFamily: (b, o) => estimation.estimateEffectFamily(people(b), { ...family, ...o }),
  estimateEffects: (b, o) => estimation.estimateEffects(people(b), { outcome, ...o }),
  estimateHeterogeneity: (b, o) =>
    estimation.estimateHeterogeneity(people(b), { outcome, by: "place", ...o }),
  estimateLogit: (b, o) => estimation.estimateLogit(people(b), { outcome: "yes", predictors: ["x"], ...o }),
  estimateMarginalMeans: (b, o) => estimation.estimateMarginalMeans(people(b), { outcome, features, ...o }),
  estimateMeans: (b, o) => estimation.estimateMeans(people(b), { outcome, ...o }),
  estimateMixed: (b, o) =>
    estimation.estimateMixed(people(b), { outcome, terms: ["x"], group: "group", ...o }),
  estimateOrderedLogit: (b, o) =>
    estimation.estimateOrderedLogit(people(b), { outcome: "x", predictors: ["y"], ...o }),
  estimateQuantileEffects: (b, o) => estimation.estimateQuantileEffects(people(b), { ...effect, ...o }),
  estimateRegression: (b, o) => estimation.estimateRegression(people(b), { outcome, terms: ["arm"], ...o }),
  estimateRobustness: (b, o) =>
    estimation.estimateRobustness(people(b), { outcome, covariates: ["x"], ...o }),
  estimateVarianceComponents: (b, o) => estimation.estimateVarianceComponents(people(b), { outcome, ...o }),
  sampleRandomizations: (b, o) =>
    estimation.sampleRandomizations(people(b), { outcome, permutations: 50, ...o }),
  estimateConsistency: (b, o) =>
    drift.estimateConsistency(transcripts("line", b), { judge: () => 1, permutations: 20, ...o }),
  estimateDirection: (b, o) => drift.estimateDirection(opinions(b), { permutations: 20, ...o }),
  estimateRecall: (b, o) => drift.estimateRecall(transcripts("probe", b), { permutations: 20, ...o }),
  estimateStability: (b, o) =>
    drift.estimateStability(transcripts("probe", b), { bootstraps: 20, permutations: 20, ...o }),
};

const basisOf = (table: Table): unknown[] => distinct(columnOf(table, "basis"));
const all = (word: unknown) => rows.map(() => word);

for (const [name, estimate] of Object.entries(verbs)) {
  Deno.test(`${name}(table) rests on what the table says of itself in its column 'basis'`, () => {
    assertEquals(basisOf(estimate(all("human"), {})), ["human"]);
    assertEquals(basisOf(estimate(all("human"), { basis: "synthetic" })), ["synthetic"]);
    const mixed = rows.map((row) => row % 3 ? "human" : "synthetic");
    const partly = rows.map((row) => row % 3 ? "human" : null);
    for (const unclear of [mixed, partly, all("guess"), all(null)]) {
      assertEquals(basisOf(estimate(unclear, {})), ["synthetic"]);
    }
  });
}

Deno.test("every verb of estimation named estimate… is among those that read a table's basis", () => {
  const named = Object.keys(estimation).filter((name) => name.startsWith("estimate"));
  assertEquals(named.filter((name) => !Object.hasOwn(verbs, name)), []);
});

Deno.test("estimateEffects(loadHuman(…)) is human, and adviseStudy does not call it synthetic", async () => {
  const codebook = [{ column: "id", name: "persona_id" }];
  const human = await loadHuman(tableOf({ id: columns.persona_id, arm: columns.arm, y: columns.y }), {
    codebook,
  });
  const effects = estimation.estimateEffects(human, { outcome });
  assertEquals(basisOf(effects), ["human"]);
  const said = adviseStudy({ effects });
  assertEquals(said.includes("ynthetic answers alone"), false);
});
