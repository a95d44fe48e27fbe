import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { adviseStudy, type StudyTables } from "@understudy/understudy/report";

const rows = (basis: string, more = {}) => ({ arm: "threat", conf_low: 0.1, basis, ...more });
const synthetic = tableOf([rows("synthetic"), rows("synthetic")]);
const calibrated = tableOf([
  rows("calibrated", { n_human: 50, n_effective: 73 }),
  rows("human", { n_human: 50, n_effective: 50 }),
]);

function verdicts(column: string, ...pairs: [string, string][]): Table {
  return tableOf({ [column]: pairs.map(([name]) => name), verdict: pairs.map(([, verdict]) => verdict) });
}

Deno.test("adviseStudy(synthetic effects) is exploratory, whatever else was checked", () => {
  const drift = verdicts("control", ["paper", "within margin"]);
  const attrition = verdicts("arm", ["threat", "within margin"]);
  const all: StudyTables[] = [{ effects: synthetic }, {
    effects: synthetic,
    drift,
    attrition,
    fidelity: drift,
  }];
  for (const tables of all) {
    const told = adviseStudy(tables);
    assert(told.startsWith("This analysis is exploratory: its effects rest on a model's answers alone"));
    assert(!told.includes("This analysis can confirm"));
    assertStringIncludes(told, "`calibrateEffects` with a few people's answers");
    assertStringIncludes(told, "`planHumanSample` says how many");
  }
});

Deno.test("adviseStudy(drift) names controls by their worst verdict, and the call that fits it", () => {
  const told = (...pairs: [string, string][]) =>
    adviseStudy({ effects: synthetic, drift: verdicts("control", ...pairs) });
  assertStringIncludes(adviseStudy({ effects: synthetic }), "`estimateDrift` looks for a change");
  const found = told(["paper", "found"], ["paper", "not found"], ["age", "within margin"]);
  assertStringIncludes(found, "was found in paper; it was shown to be within the margin in age.");
  assertStringIncludes(found, "`repairDrift`");
  const open = told(["paper", "not found"], ["age", "within margin"]);
  assertStringIncludes(open, "was not found, which is no proof that there is none, in paper; it was shown");
  assertStringIncludes(open, "`estimateDrift` with a `margin`");
  assertStringIncludes(told(["paper", "cannot tell"], ["age", "within margin"]), "`suggestControls`");
  const shown = told(["paper", "within margin"]);
  assert(!shown.includes("Drift") && !shown.includes("`repairDrift`") && !shown.includes("no proof"));
});

Deno.test("adviseStudy(calibrated effects) can confirm, rests on a random sample, and does not hang on drift", () => {
  const drift = verdicts("control", ["paper", "found"]);
  const told = adviseStudy({ effects: synthetic, calibrated, drift });
  assert(
    told.startsWith(
      "This analysis can confirm what was stated beforehand: its effects are a model's answers",
    ),
  );
  assertStringIncludes(told, "a random sample of those whom the personas stand for");
  assertStringIncludes(told, "With the model's answers its people count up to 1.46 times.");
  assertStringIncludes(told, "`planMixedSubjects`");
  assert(!told.includes("paper"));
  assert(!adviseStudy({ effects: tableOf([rows("calibrated")]) }).includes("times"));
  assertEquals(adviseStudy({ effects: calibrated }), adviseStudy({ effects: synthetic, calibrated }));
});

Deno.test("adviseStudy(effects that rest on different things) says of how many it holds", () => {
  const arms = (...bases: string[]) =>
    tableOf(bases.map((basis, at) => ({ ...rows(basis), arm: `arm ${at}` })));
  const told = adviseStudy({ effects: arms("synthetic", "synthetic", "synthetic", "calibrated") });
  assert(
    told.startsWith("For 1 of 4 effects this analysis can confirm what was stated beforehand: such effects"),
  );
  assertStringIncludes(
    told,
    "For 3 of 4 effects this analysis is exploratory: such effects rest on a model's answers",
  );
  assertStringIncludes(told, "`calibrateEffects` with a few people's answers");
  assertStringIncludes(told, "`estimateDrift`");
  // One arm was calibrated, in a table of its own.
  const one = calibrated.derive({ arm: () => "arm 1" });
  assert(
    adviseStudy({ effects: arms("synthetic", "synthetic"), calibrated: one }).startsWith(
      "For 1 of 2 effects",
    ),
  );
  // What tells how, not what, was estimated does not make another effect.
  const otherwise = synthetic.derive({ estimator: () => "ols", covariance_type: () => "HC2" });
  assert(adviseStudy({ effects: otherwise, calibrated }).startsWith("This analysis can confirm"));
  const both = adviseStudy({ effects: arms("human", "synthetic") });
  assertStringIncludes(
    both,
    "For 1 of 2 effects this analysis can confirm what was stated beforehand: such effects are",
  );
  assertStringIncludes(both, "For 1 of 2 effects this analysis is exploratory");
  // The same arm, as people and as the model see it.
  assertStringIncludes(
    adviseStudy({ effects: tableOf([rows("human"), rows("synthetic")]) }),
    "For 1 of 2 effects",
  );
  const open = tableOf([rows("synthetic"), { ...rows("synthetic"), arm: "promise", conf_low: NaN }]);
  assertStringIncludes(adviseStudy({ effects: open }), "For 1 of 2 effects this analysis shows nothing");
});

Deno.test("adviseStudy(calibrated effects) says that a model saved no people, and takes an interval without a lower end", () => {
  const worse = tableOf([rows("calibrated", { n_human: 50, n_effective: 25 })]);
  assertStringIncludes(
    adviseStudy({ effects: worse }),
    "The model's answers made no interval narrower than people's alone.",
  );
  assert(!adviseStudy({ effects: worse }).includes("times"));
  const half = tableOf([rows("calibrated", { conf_low: -Infinity, conf_high: 3 })]);
  assert(adviseStudy({ effects: half }).startsWith("This analysis can confirm"));
  const none = tableOf([rows("calibrated", { conf_low: -Infinity, conf_high: Infinity })]);
  assert(adviseStudy({ effects: none }).startsWith("This analysis shows nothing"));
});

Deno.test("adviseStudy(effects without an interval) shows nothing; people's effects rest on their assignment", () => {
  const failed = tableOf([rows("calibrated", { conf_low: NaN, n_human: 50, n_effective: NaN })]);
  assert(adviseStudy({ effects: failed }).startsWith("This analysis shows nothing"));
  // What could not be calibrated leaves the effects as exploratory as they were.
  assert(adviseStudy({ effects: synthetic, calibrated: failed }).startsWith("This analysis is exploratory"));
  assert(adviseStudy({ effects: tableOf([rows("")]) }).startsWith("This analysis shows nothing"));
  assertStringIncludes(
    adviseStudy({ effects: tableOf([rows("human")]) }),
    "It rests on their random assignment",
  );
});

Deno.test("adviseStudy(attrition) says what was found there and which call takes account of it", () => {
  const told = adviseStudy({
    effects: calibrated,
    attrition: verdicts("arm", ["threat", "found"], ["promise", "not found"]),
  });
  assertStringIncludes(
    told,
    "A difference in missing answers between arms was found in threat; it was not found",
  );
  assertStringIncludes(told, "`estimateBounds`");
});

Deno.test("adviseStudy(…) is bounded and plain whatever a table holds, and names what is wrong", () => {
  const many = Array.from({ length: 1e4 }, (_, i) => [`\u001b[31m${"x".repeat(500)}${i}`, "found"]);
  const told = adviseStudy({ effects: synthetic, drift: verdicts("control", ...many as [string, string][]) });
  assert(told.length < 1500 && !told.includes("\u001b"));
  assertStringIncludes(told, "and 9995 more");
  const odd = adviseStudy({ effects: synthetic, drift: verdicts("control", ["paper", "no problem"]) });
  assertStringIncludes(odd, "could not be judged in paper");
  assertThrows(() => adviseStudy({ effects: tableOf({ a: [1] }) }), RangeError, "'effects' has no column");
  const heading = adviseStudy({
    effects: synthetic,
    attrition: verdicts("arm", ["`x`\n# h\u2028i", "found"]),
  });
  assert(!/[\n\u2028]/.test(heading));
  assertThrows(
    () => adviseStudy({ effects: synthetic, fidelity: 5 as never }),
    TypeError,
    "'fidelity' must be an Arquero table",
  );
  assertThrows(
    () => adviseStudy({ effects: synthetic, drift: synthetic }),
    RangeError,
    "'drift' has no column",
  );
  assertThrows(
    () => adviseStudy({ effects: synthetic, drifts: 1 } as never),
    TypeError,
    "did you mean 'drift'?",
  );
});
