import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  checkGeneralisation,
  checkHeldOutStudies,
  checkManipulation,
  checkScales,
} from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";
import {
  congruence,
  covarianceOf,
  cronbachAlpha,
  omegaOf,
  oneFactorLoadings,
} from "../../lib/audit/scales.ts";
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
    assert(agrees(cronbachAlpha(covarianceOf(rowsOf(reverse))), expected.total.raw_alpha, tol));
  }
});

Deno.test("oneFactorLoadings(covariance) and omegaOf(loadings) agree with psych's minimum residuals", () => {
  const { expected, tol } = goldenCases("psychometrics").get("omega_total")!;
  const loadings = oneFactorLoadings(covarianceOf(rowsOf(true)));
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

function heard(noticed: number) {
  const random = stream(7, "heard");
  const arm = Array.from({ length: 200 }, (_, i) => i % 2 ? "threat" : "control");
  const guess = () => ["attack", "drill", "nothing"][random.integer(3)]!;
  return tableOf({
    arm,
    what: arm.map((of) => random.uniform() < noticed ? (of === "threat" ? "attack" : "drill") : guess()),
  });
}

Deno.test("checkManipulation(expected) says where the treatment was noticed, and where that is not shown", () => {
  const expected = { threat: "attack", control: ["drill", "nothing"] };
  const noticed = checkManipulation(heard(0.8), { item: "what", expected });
  assertEquals(noticed.array("compared"), [
    "all arms",
    "arm control v. other arms",
    "arm threat v. other arms",
  ]);
  assertEquals(new Set(noticed.array("verdict")), new Set(["not found"]));
  assertAlmostEquals(noticed.get("statistic", 2), 0.87, 0.07);
  const missed = checkManipulation(heard(0), { item: "what", expected });
  assertEquals(new Set(missed.array("verdict")), new Set(["found"]));
});

Deno.test("checkManipulation(answers) calls one answer for all a treatment that was not noticed", () => {
  const table = tableOf({ arm: ["a", "a", "b", "b"], what: ["x", "x", "x", "x"] });
  assertEquals(checkManipulation(table, { item: "what" }).get("verdict", 0), "found");
  const single = tableOf({ arm: ["a", "a"], what: ["x", "y"] });
  assertThrows(() => checkManipulation(single, { item: "what" }), RangeError, "at least two arms");
  assertThrows(
    () => checkManipulation(table, { item: "what", expected: { c: "x" } }),
    RangeError,
    "'expected' must be one of",
  );
});

function recalled(effects: { known: number; paraphrase: number }) {
  const random = stream(8, "recalled");
  const arm = Array.from({ length: 900 }, (_, i) => ["control", "known", "paraphrase"][i % 3]!);
  return tableOf({ arm, y: arm.map((of) => (effects[of as "known"] ?? 0) + random.normal()) });
}
const published = { original: { estimate: 1, stdError: 0.1 }, replication: { estimate: 0.1 } };
const asked = { outcome: "y", known: "known", reference: "control", unpublished: "paraphrase", ...published };

Deno.test("checkGeneralisation(answers) finds an effect that is recalled, and not one that is produced", () => {
  const memorised = checkGeneralisation(recalled({ known: 1, paraphrase: 0.1 }), asked);
  assertEquals(memorised.array("verdict"), ["found", "found"]);
  assertAlmostEquals(memorised.get("statistic", 1), 1, 0.3);
  const produced = checkGeneralisation(recalled({ known: 0.1, paraphrase: 0.1 }), asked);
  assertEquals(produced.array("verdict"), ["not found", "not found"]);
});

Deno.test("checkGeneralisation(…) names what is wrong with its arguments", () => {
  const table = recalled({ known: 0, paraphrase: 0 });
  assertThrows(
    () => checkGeneralisation(table, { ...asked, known: "x" }),
    RangeError,
    "'known' must be one of",
  );
  assertThrows(
    () => checkGeneralisation(table, { ...asked, replication: { estimate: 1 } }),
    RangeError,
    "'replication' must differ",
  );
  const original = (effect: unknown) => () =>
    checkGeneralisation(table, { ...asked, original: effect } as never);
  assertThrows(
    original({ estimate: 1, std_error: 0.1 }),
    TypeError,
    "'original.std_error' is unknown: the parts of 'original' are estimate, stdError",
  );
  assertThrows(original(0.9), TypeError, "'original' must be an object");
  assertThrows(original({ stdError: 1 }), TypeError, "'original.estimate' must be a finite number");
  assertThrows(original({ estimate: 1, stdError: -1 }), RangeError, "'original.stdError' must be");
});

Deno.test("checkGeneralisation(answers) has a row for what was not given, with how to give it", () => {
  const { outcome, known, reference, original, replication } = { ...asked };
  const table = recalled({ known: 0, paraphrase: 0 });
  const rows = (more: object) =>
    (checkGeneralisation(table, { outcome, known, reference, ...more }).objects() as {
      check: string;
      verdict: string;
      reason: string;
    }[]).map(({ check, verdict, reason }) => [check, verdict === "cannot tell" ? reason : ""]);
  const wordings =
    "needs an arm with a stimulus of the same meaning that was never published: give { unpublished }";
  const effects = "needs the effect of an original study and that of its replication: give ";
  assertEquals(rows({}), [
    ["unpublished stimulus", wordings],
    [
      "memorised effect",
      `${effects}{ original: { estimate, stdError }, replication: { estimate, stdError } }`,
    ],
  ]);
  assertEquals(rows({ original, unpublished: "paraphrase" }), [
    ["unpublished stimulus", ""],
    ["memorised effect", `${effects}{ replication: { estimate, stdError } }`],
  ]);
  assertEquals(rows({ original, replication }).map(([check]) => check), [
    "memorised effect",
    "unpublished stimulus",
  ]);
});

Deno.test("checkHeldOutStudies(studies) finds errors that are larger where nothing could be read, and only those", () => {
  const published = Array.from({ length: 12 }, (_, i) => i < 6);
  const human = published.map((_, i) => i / 10);
  const worse = human.map((effect, i) =>
    effect + (published[i] ? 0.01 : 0.3) * (i % 2 ? 1 : -1) * (1 + i / 50)
  );
  const check = checkHeldOutStudies(tableOf({ published, human, synthetic: worse }));
  assertEquals(check.get("verdict", 0), "found");
  // All errors of one kind exceed all of the other: 2 of 924 deals.
  assertAlmostEquals(check.get("p_value", 0), 2 / 924, 1e-12);
  const better = published.map((is) => !is);
  const other = checkHeldOutStudies(tableOf({ published: better, human, synthetic: worse }));
  assertEquals(other.get("verdict", 0), "not found");
  const few = checkHeldOutStudies(tableOf({ published: [true, false], human: [1, 1], synthetic: [1, 2] }));
  assertEquals(few.get("verdict", 0), "cannot tell");
  assertThrows(
    () => checkHeldOutStudies(tableOf({ published: [1], human: [1], synthetic: [1] })),
    TypeError,
    "'published' must hold true or false",
  );
});
