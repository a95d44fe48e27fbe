import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { desc } from "arquero";
import fc from "fast-check";
import { columnOf, stream, tableOf } from "@understudy/understudy/core";
import {
  checkAttrition,
  type CheckAttritionOptions,
  estimateBounds,
  type EstimateBoundsOptions,
  estimateEffects,
} from "@understudy/understudy/estimation";
import { normalCdf } from "@understudy/understudy/stats";
import { boundsInterval } from "../../lib/stats/inference.ts";
import { newcombeInterval } from "../../lib/stats/shares.ts";

Deno.test("checkAttrition(table) counts who is missing and has the exact p-value of all assignments", () => {
  const table = tableOf({
    arm: ["a", "a", "a", "a", "control", "control", "control", "control"],
    y: [null, NaN, 3, "", 1, 2, 3, 4].map((value) => value === "" ? null : value),
  });
  const [row] = checkAttrition(table, { outcome: "y" }).objects() as { [column: string]: unknown }[];
  assertEquals([row!.n_arm, row!.missing_arm, row!.missing_reference, row!.statistic], [4, 3, 0, 0.75]);
  // Of the C(8, 4) = 70 assignments, those with 3 missing in one arm: 2 · C(3, 3) · C(5, 1) = 10.
  assertAlmostEquals(row!.p_value as number, 10 / 70, 1e-12);
  const { low, high } = newcombeInterval([3, 4], [0, 4]);
  assertEquals([row!.conf_low, row!.conf_high, row!.verdict], [low, high, "not found"]);
});

Deno.test("checkAttrition(answers) takes refusals as missing, texts as answers, and says why values are missing", () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    persona_id: i >> 1,
    arm: (i >> 1) % 2 ? "threat" : "control",
    replicate: 1 + (i % 2),
    item: "vote",
    value: (i >> 1) % 6 === 1 ? null : "left",
    status: (i >> 1) % 6 === 1 ? "refused" : "answered",
  }));
  const names = Object.keys(rows[0]!) as (keyof typeof rows[0])[];
  const table = tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
  const check = checkAttrition(table, { outcome: "vote" });
  // Both replies of a persona are missing: it counts once.
  assertEquals([check.get("n_arm", 0), check.get("missing_arm", 0), check.get("missing_reference", 0)], [
    15,
    5,
    0,
  ]);
  assertStringIncludes(check.get("notes", 0), "threat 10 refused");
});

/** Answers of personas: arm, status, detail and attempt of each reply, parted by bars. */
function answersOf(replies: readonly string[]) {
  const cells = replies.map((reply) => reply.split("|").map((cell) => cell.trim()));
  return tableOf({
    persona_id: cells.map((_, row) => row),
    arm: cells.map(([arm]) => arm),
    item: cells.map(() => "vote"),
    value: cells.map(([, status]) => status === "answered" ? "left" : null),
    status: cells.map(([, status]) => status),
    status_detail: cells.map(([, , detail]) => detail),
    attempt: cells.map(([, , , attempt]) => Number(attempt)),
  });
}

const several = answersOf([
  ...new Array(4).fill("control | answered | | 1"),
  "control | answered | | 2",
  "control | refused | words | 1",
  ...new Array(2).fill("threat | answered | | 2"),
  ...new Array(2).fill("threat | refused | filter | 1"),
  "threat | refused | words | 2",
  "threat | truncated | thought | 1",
]);

Deno.test("checkAttrition(answers) counts each status, its details and second tries by arm, with an exact test of each", () => {
  const rows = checkAttrition(several, { outcome: "vote" }).objects() as { [column: string]: unknown }[];
  assertEquals(
    rows.map((row) => [row.status, row.status_detail, row.missing_arm, row.missing_reference]),
    [
      ["missing", "", 4, 1],
      ["refused", "", 3, 1],
      ["refused", "filter", 2, 0],
      ["refused", "words", 1, 1],
      ["truncated", "thought", 1, 0],
      ["second try", "", 3, 1],
    ],
  );
  // Hypergeometric: 4 of 12 units, 6 in each arm; 3 v. 1 or more apart: 1 less the chance of 2 v. 2, 225 / 495.
  for (const row of [1, 5]) assertAlmostEquals(rows[row]!.p_value as number, 270 / 495, 1e-12);
  assertEquals(rows.map((row) => row.n_arm), new Array(6).fill(6));
  // Statuses are adjusted among themselves.
  assertEquals(rows[0]!.p_adjusted, rows[0]!.p_value);
  assertEquals(rows[1]!.p_adjusted, 1);
});

Deno.test("checkAttrition(answers) takes a unit to have a status that any of its replies has, in any order of rows", () => {
  const twice = answersOf(
    Array.from(
      { length: 8 },
      (_, i) => `${i < 4 ? "a" : "control"} | ${i === 0 || i === 3 ? "empty" : "answered"} | | 1`,
    ),
  );
  const paired = twice.assign(tableOf({ persona_id: [0, 0, 1, 1, 2, 2, 3, 3] })) as typeof twice;
  const counts = (table: typeof twice) => {
    const check = checkAttrition(table, { outcome: "vote" });
    return [0, 1].map((
      row,
    ) => [check.get("status", row), check.get("missing_arm", row), check.get("n_arm", row)]);
  };
  assertEquals(counts(paired), [["missing", 0, 2], ["empty", 2, 2]]);
  assertEquals(counts(paired.orderby(desc("persona_id")) as typeof twice), counts(paired));
});

Deno.test("checkAttrition(a table from elsewhere) counts details that nobody knows with their status", () => {
  const rows = Array.from(
    { length: 3000 },
    (_, i) => `${i % 2 ? "a" : "control"} | refused | because of ${i} | 1`,
  );
  const check = checkAttrition(answersOf([...rows, "a | answered | | 1"]), {
    outcome: "vote",
    permutations: 20,
  });
  assertEquals(columnOf(check, "status"), ["missing", "refused"]);
  assertEquals([check.get("status_detail", 1), check.get("missing_arm", 1)], ["", 1500]);
});

Deno.test("checkAttrition(wide table) reads the column of statuses that wideAnswers makes", () => {
  const wide = tableOf({
    arm: ["a", "a", "control", "control"],
    vote: [1, null, 2, 3],
    vote_status: ["answered", "empty", "answered", "answered"],
  });
  assertEquals(columnOf(checkAttrition(wide, { outcome: "vote" }), "status"), ["missing", "empty"]);
});

Deno.test("checkAttrition(nobody missing) says so and tests nothing", () => {
  const check = checkAttrition(tableOf({ arm: ["a", "a", "control", "control"], y: [1, 2, 3, 4] }), {
    outcome: "y",
  });
  assertEquals([check.get("verdict", 0), check.get("p_value", 0), check.get("rate_arm", 0)], [
    "not found",
    NaN,
    0,
  ]);
  assertStringIncludes(check.get("reason", 0), "nothing to test");
});

Deno.test("checkAttrition(blocks, clusters, personas) assigns anew as arms were assigned", () => {
  const blocked = tableOf({
    arm: ["a", "control", "a", "control"],
    block: ["x", "x", "y", "y"],
    y: [null, 1, null, 2],
  });
  // 4 assignments; the observed and its mirror have a difference of 1.
  assertAlmostEquals(
    checkAttrition(blocked, { outcome: "y", blocks: "block" }).get("p_value", 0),
    0.5,
    1e-12,
  );
  const clustered = tableOf({
    arm: ["a", "a", "control", "control", "control", "control"],
    cl: ["u", "u", "v", "v", "w", "w"],
    y: [null, null, 1, 2, 3, 4],
  });
  assertAlmostEquals(
    checkAttrition(clustered, { outcome: "y", clusters: "cl" }).get("p_value", 0),
    1 / 3,
    1e-12,
  );
  const within = tableOf({
    persona_id: ["p", "p", "q", "q", "r", "r"],
    arm: ["a", "control", "a", "control", "a", "control"],
    y: [null, 1, null, 2, null, 3],
  });
  assertAlmostEquals(checkAttrition(within, { outcome: "y" }).get("p_value", 0), 2 / 8, 1e-12);
  const torn = tableOf({ arm: ["a", "control"], cl: ["u", "u"], y: [1, null] });
  assertThrows(
    () => checkAttrition(torn, { outcome: "y", clusters: "cl" }),
    RangeError,
    "name clusters of one arm and one block",
  );
});

Deno.test("checkAttrition(…) names what is wrong with its arguments", () => {
  const table = tableOf({ arm: ["a", "control"], y: [1, null] });
  const run = (options: unknown) => () => checkAttrition(table, options as CheckAttritionOptions);
  assertThrows(run({}), TypeError, "Cannot check attrition as 'outcome'");
  assertThrows(run({ outcome: "y", reference: "q" }), RangeError, "'reference' must be an arm");
  assertThrows(run({ outcome: "y", alpha: 0 }), RangeError, "'alpha'");
  assertThrows(run({ outcome: "y", weights: "w" }), TypeError, "option 'weights' is unknown");
});

/** A table in which the reference answers less often, and its trimming worked out by hand. */
const trimmed = tableOf({
  arm: [...new Array(10).fill("a"), ...new Array(10).fill("control")],
  y: [1, 2, 3, 4, 5, 6, 7, 8, null, null, 2, 3, 4, 5, null, null, null, null, null, null],
});

Deno.test("estimateBounds(lee) trims the arm with more answers by its excess, from either end", () => {
  // Rates .8 and .4: half of the eight answers of the arm are trimmed; 2.5 and 6.5 less 3.5.
  const bounds = estimateBounds(trimmed, { outcome: "y" });
  assertEquals(columnOf(bounds, "bound"), ["lower", "upper"]);
  assertAlmostEquals(bounds.get("estimate", 0), -1, 1e-12);
  assertAlmostEquals(bounds.get("estimate", 1), 3, 1e-12);
  assertAlmostEquals(bounds.get("trimmed", 0), 0.5, 1e-12);
  assertEquals([bounds.get("n", 0), bounds.get("n_missing", 0)], [20, 8]);
  // The other way round the bounds change sign and place.
  const turned = estimateBounds(trimmed, { outcome: "y", reference: "a" });
  assertAlmostEquals(turned.get("estimate", 0), -3, 1e-12);
  assertAlmostEquals(turned.get("estimate", 1), 1, 1e-12);
  for (const [own, other] of [[0, 1], [1, 0]] as const) {
    assertAlmostEquals(turned.get("std_error", own), bounds.get("std_error", other), 1e-12);
  }
});

Deno.test("estimateBounds(lee) has the variance of Lee's Proposition 3", () => {
  const random = stream(4, "lee");
  const n = 4000;
  const arm = Array.from({ length: n }, (_, i) => i % 2);
  const y = arm.map((d) => random.uniform() < (d === 1 ? 0.9 : 0.6) ? random.normal() : null);
  const bounds = estimateBounds(tableOf({ arm, y }), { outcome: "y", reference: 0 });
  const given = (d: number) => y.filter((value, i) => arm[i] === d && value !== null) as number[];
  const [one, zero] = [given(1).sort((a, b) => a - b), given(0)];
  const [q1, q0] = [one.length / (n / 2), zero.length / (n / 2)];
  const p = 1 - q0 / q1;
  const kept = one.slice(0, Math.floor((1 - p) * one.length));
  const [edge, mean] = [kept.at(-1)!, kept.reduce((sum, value) => sum + value, 0) / kept.length];
  const spread = (values: number[]) => {
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
  };
  const share = q1 / 2;
  // Lee 2009, Proposition 3: trimmed variance, trimming at an estimated quantile, and the estimated trimming share.
  const variance = spread(kept) / (share * (1 - p)) + (edge - mean) ** 2 * p / (share * (1 - p)) +
    (edge - mean) ** 2 * ((1 - q0 / (1 - p)) / (0.5 * q0 / (1 - p)) + (1 - q0) / (0.5 * q0));
  const expected = Math.sqrt((variance + spread(zero) / (q0 / 2)) / n);
  const ratio = (bounds.get("std_error", 0) as number) / expected;
  assert(Math.abs(ratio - 1) < 0.005, `${ratio}`);
});

Deno.test("estimateBounds(nobody missing) is the difference in means with its interval", () => {
  const table = tableOf({
    arm: Array.from({ length: 400 }, (_, i) => i % 2 ? "a" : "control"),
    y: Array.from({ length: 400 }, (_, i) => (i * 7) % 23 + (i % 2)),
  });
  const effect = estimateEffects(table, { outcome: "y" });
  for (const method of ["lee", "worst_case"] as const) {
    const bounds = estimateBounds(table, { outcome: "y", method, range: [0, 30] });
    for (const row of [0, 1]) {
      assertAlmostEquals(bounds.get("estimate", row), effect.get("estimate", 0), 1e-12);
      assertAlmostEquals(bounds.get("std_error", row), effect.get("std_error", 0), 1e-2);
      assertAlmostEquals(bounds.get("p_value", row), effect.get("p_value", 0), 1e-2);
    }
  }
});

Deno.test("estimateBounds(worst_case) fills in the ends of the scale", () => {
  const table = tableOf({ arm: ["a", "a", "control", "control"], y: [4, null, 2, null] });
  const bounds = estimateBounds(table, { outcome: "y", method: "worst_case", range: [1, 7] });
  // (4 + 1) / 2 - (2 + 7) / 2 and (4 + 7) / 2 - (2 + 1) / 2
  assertEquals(columnOf(bounds, "estimate"), [-2, 4]);
});

Deno.test("estimateBounds(clusters) lets answers within a cluster be alike", () => {
  const random = stream(6, "clusters");
  const cl = Array.from({ length: 400 }, (_, i) => i >> 3);
  const level = Array.from({ length: 50 }, () => random.normal());
  const arm = cl.map((cluster) => cluster % 2);
  const y = cl.map((cluster) => cluster % 5 === 0 ? null : level[cluster]!);
  const table = tableOf({ arm, cl, y });
  const options = { outcome: "y", reference: 0 } as const;
  const ratio = (estimateBounds(table, { ...options, clusters: "cl" }).get("std_error", 0) as number) /
    (estimateBounds(table, options).get("std_error", 0) as number);
  assert(ratio > 2.7 && ratio < 3, `${ratio} beside about √8`);
});

Deno.test("boundsInterval(lower, upper) covers the worst place between the bounds at its level", () => {
  for (const width of [0, 0.3, 1, 5]) {
    const { high } = boundsInterval({ estimate: 0, stdError: 0.5 }, { estimate: width, stdError: 0.8 }, {
      alpha: 0.1,
    });
    const c = (high - width) / 0.8;
    assertAlmostEquals(normalCdf(c + width / 0.8) - normalCdf(-c), 0.9, 1e-12);
  }
  const { pValue } = boundsInterval({ estimate: 0.7, stdError: 0.4 }, { estimate: 1.2, stdError: 0.3 });
  const at = boundsInterval({ estimate: 0.7, stdError: 0.4 }, { estimate: 1.2, stdError: 0.3 }, {
    alpha: pValue,
  });
  assertAlmostEquals(at.low, 0, 1e-9);
  assertEquals(boundsInterval({ estimate: -1, stdError: 1 }, { estimate: 1, stdError: 1 }).pValue, 1);
});

Deno.test("estimateBounds(…) names what is wrong with its arguments", () => {
  const run = (options: unknown, table = trimmed) => () =>
    estimateBounds(table, options as EstimateBoundsOptions);
  assertThrows(
    run({ outcome: "y", method: "worst_case" }),
    RangeError,
    "Cannot estimate bounds as 'range' must hold",
  );
  assertThrows(run({ outcome: "y", range: [7, 1] }), RangeError, "'range' must hold the smallest");
  assertThrows(
    run({ outcome: "y", method: "worst_case", range: [1, 5] }),
    RangeError,
    "'range' must hold every outcome",
  );
  assertThrows(run({ outcome: "y", method: "manski" }), RangeError, "'method' must be one of");
  const within = tableOf({ persona_id: ["p", "p"], arm: ["a", "control"], y: [1, 2] });
  assertThrows(run({ outcome: "y" }, within), RangeError, "hold each persona in one arm only");
  const silent = tableOf({ arm: ["a", "a", "control"], y: [null, null, 2] });
  const bounds = estimateBounds(silent, { outcome: "y" });
  assertEquals(bounds.get("estimate", 0), NaN);
  assertStringIncludes(bounds.get("reason", 0), "no outcome at all");
});

Deno.test("checkAttrition and estimateBounds(any table) give a table or say what cannot be done", () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<unknown> },
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(NaN, undefined, "x", Infinity) },
  );
  const unit = fc.record({
    arm: fc.constantFrom("a", "b", "control", null),
    y: value,
    cl: fc.integer({ min: 0, max: 9 }),
  });
  let tables = 0;
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 20 }), fc.boolean(), (units, clustered) => {
      const table = tableOf({
        arm: units.map((one) => one.arm),
        y: units.map((one) => one.y),
        cl: units.map((one) => one.cl),
      });
      const clusters = clustered ? "cl" : null;
      for (
        const run of [
          () => checkAttrition(table, { outcome: "y", clusters, permutations: 20 }),
          () => estimateBounds(table, { outcome: "y", clusters }),
          () => estimateBounds(table, { outcome: "y", clusters, method: "worst_case", range: [0, 4] }),
        ]
      ) {
        try {
          for (const { p_value } of run().objects() as { p_value: number }[]) {
            assert(Number.isNaN(p_value) || (p_value >= 0 && p_value <= 1));
          }
          tables++;
        } catch (error) {
          assert(
            /^Cannot (check attrition|estimate bounds|fit) as /.test((error as Error).message),
            String((error as Error).stack),
          );
        }
      }
    }),
    { seed: 1, numRuns: 300 },
  );
  assert(tables > 200, `only ${tables} tables`);
});
