import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkScales } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";
import {
  congruence,
  cronbachAlpha,
  itemCovariance,
  omegaOf,
  oneFactorLoadings,
} from "../../lib/stats/scale_reliability.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const items = ["q1", "q2", "q3", "q4", "q5", "q6"];
const data = goldenData("items");
const rowsOf = (reverse: boolean) =>
  data.q1!.map((_, row) =>
    items.map((item) => (reverse && item === "q6" ? 6 - Number(data[item]![row]) : Number(data[item]![row])))
  );

Deno.test("cronbachAlpha(covariance) agrees with psych::alpha, reversed and not", () => {
  for (const [id, reverse] of [["cronbach_alpha", true], ["cronbach_alpha_unreversed", false]] as const) {
    const { expected, tol } = goldenCases("psychometrics").get(id)!;
    assert(agrees(cronbachAlpha(itemCovariance(rowsOf(reverse))), expected.total.raw_alpha, tol));
  }
});

Deno.test("oneFactorLoadings(covariance) and omegaOf(loadings) agree with psych's minimum residuals", () => {
  const { expected, tol } = goldenCases("psychometrics").get("omega_total")!;
  const loadings = oneFactorLoadings(itemCovariance(rowsOf(true)));
  loadings.forEach((loading, i) => assert(agrees(loading, expected.loadings_minres[i], tol)));
  assert(agrees(omegaOf(loadings), expected.omega_from_minres, tol));
  assertAlmostEquals(congruence(loadings, loadings.map((x) => 2 * x)), 1, 1e-12);
});

Deno.test("checkScales(answers) reads reverse-keyed items, wide and long alike", () => {
  const { expected } = goldenCases("psychometrics").get("cronbach_alpha")!;
  const scales = { s: { items, reversed: ["q6"] } };
  const wide = checkScales(tableOf(data), { scales, draws: 50 });
  const long = checkScales(
    tableOf({
      persona_id: items.flatMap(() => data.q1!.map((_, row) => row)),
      item: items.flatMap((item) => data.q1!.map(() => item)),
      value: items.flatMap((item) => data[item]!),
    }),
    { scales, draws: 50 },
  );
  assertAlmostEquals(wide.get("statistic", 0), expected.total.raw_alpha, 1e-9);
  assertAlmostEquals(long.get("statistic", 0), expected.total.raw_alpha, 1e-9);
  assertEquals(wide.array("check"), ["alpha", "omega", "reverse-keyed"]);
  assertEquals(wide.array("verdict"), ["cannot tell", "cannot tell", "not found"]);
});

function scale(name: string, noise: number, keyed: 1 | -1) {
  const random = stream(6, name);
  const trait = Array.from({ length: 220 }, () => random.normal());
  const item = (sign: number) => trait.map((x) => sign * x + noise * random.normal());
  return tableOf({ one: item(1), two: item(1), three: item(1), four: item(keyed) });
}

Deno.test("checkScales(human) finds scales that hold together too well, and reverse-keyed items answered alike", () => {
  const scales = { s: { items: ["one", "two", "three", "four"], reversed: ["four"] } };
  const human = scale("human", 1, -1);
  const good = checkScales(scale("good", 1, -1), { scales, human, draws: 200 });
  assertEquals(new Set(good.array("verdict")), new Set(["not found"]));
  const alien = checkScales(scale("alien", 0.3, -1), { scales, human, draws: 200 });
  assertEquals(alien.array("verdict").slice(0, 2), ["found", "found"]);
  const yes = checkScales(scale("yes", 1, 1), { scales, human, draws: 200 });
  assertEquals(yes.array("verdict").slice(2), ["found", "found"]);
});

Deno.test("checkScales(…) names what is wrong with its arguments", () => {
  const table = tableOf(data);
  const of = (scales: unknown) => () => checkScales(table, { scales } as never);
  assertThrows(of({}), TypeError, "'scales' must name scales");
  assertThrows(of({ s: { items, reverse: ["q1"] } }), TypeError, "'scales.s.reverse' is unknown");
  assertThrows(
    of({ s: "q1" }),
    TypeError,
    "'scales.s' must be an object: current value is \"q1\"; for example",
  );
  assertThrows(
    of({ s: { items, reversed: "q1" } }),
    TypeError,
    "'scales.s.reversed' must be a list of items",
  );
  assertThrows(of({ s: { items: ["q1"] } }), RangeError, "'scales.s.items' must name at least two items");
  assertThrows(of({ s: { items, reversed: ["q7"] } }), RangeError, "'scales.s.reversed' must be one of");
});

Deno.test("checkScales(scales) takes a list of items as a scale", () => {
  const table = tableOf(data);
  const listed = checkScales(table, { scales: { s: items }, draws: 50 });
  assertEquals(listed.objects(), checkScales(table, { scales: { s: { items } }, draws: 50 }).objects());
});
