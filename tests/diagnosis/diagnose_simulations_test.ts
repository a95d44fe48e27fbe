import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { diagnoseSimulations } from "@understudy/understudy/diagnosis";
import { agrees, goldenCases } from "../stats/golden_cases.ts";

/** The golden file's simulations, its columns named as ours. */
function simulations(): Table {
  const url = new URL("../golden/data/simulations8.csv", import.meta.url);
  const [header, ...lines] = Deno.readTextFileSync(url).trim().split(/\r?\n/).map((line) => line.split(","));
  const names: { [theirs: string]: string } = { estimand: "truth" };
  return tableOf(Object.fromEntries(header!.map((cell, j) => {
    const name = cell.replaceAll('"', "");
    const values = lines.map((line) => line[j]!.replaceAll('"', ""));
    const numbers = values.map(Number);
    return [names[name] ?? name.replace(".", "_"), numbers.some(Number.isNaN) ? values : numbers];
  })));
}

function value(diagnosis: Table, diagnosand: string, column = "value"): number {
  return diagnosis.get(column, columnOf(diagnosis, "diagnosand").indexOf(diagnosand)) as number;
}

Deno.test("diagnoseSimulations(simulations) agrees with DeclareDesign's diagnosands", () => {
  const { expected, tol } = goldenCases("power").get("declaredesign_diagnosands")!;
  const diagnosis = diagnoseSimulations(simulations());
  const theirs: { [ours: string]: number } = {
    mean_truth: expected.default.mean_estimand,
    mean_estimate: expected.default.mean_estimate,
    bias: expected.default.bias,
    sd_estimate: expected.default.sd_estimate,
    rmse: expected.default.rmse,
    power: expected.default.power,
    coverage: expected.default.coverage,
    mean_std_error: expected.custom.mean_se,
    type_s: expected.custom.type_S_rate,
    exaggeration: expected.custom.exaggeration_ratio,
  };
  assertEquals(columnOf<string>(diagnosis, "diagnosand").sort(), Object.keys(theirs).sort());
  for (const [name, number] of Object.entries(theirs)) {
    assert(
      agrees(value(diagnosis, name), number, tol),
      `${name}: ${value(diagnosis, name)} is not ${number}`,
    );
  }
  // Their population variance is ours with n in place of n - 1.
  const { sd_estimate, var_estimate } = expected.custom;
  assertAlmostEquals(value(diagnosis, "sd_estimate") * Math.sqrt(7 / 8), sd_estimate, 1e-12);
  assertAlmostEquals(value(diagnosis, "sd_estimate") ** 2 * (7 / 8), var_estimate, 1e-12);
  assertEquals(value(diagnosis, "bias", "n"), expected.default.n_sims);
});

Deno.test("diagnoseSimulations(simulations) has the Monte-Carlo errors of Morris, White and Crowther's table 6", () => {
  const table = simulations();
  const estimates = columnOf<number>(table, "estimate");
  const n = estimates.length;
  const mean = estimates.reduce((sum, one) => sum + one, 0) / n;
  const sd = Math.sqrt(estimates.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1));
  const diagnosis = diagnoseSimulations(table);
  assertAlmostEquals(value(diagnosis, "bias", "mc_error"), sd / Math.sqrt(n), 1e-12);
  assertAlmostEquals(value(diagnosis, "sd_estimate", "mc_error"), sd / Math.sqrt(2 * (n - 1)), 1e-12);
  assertAlmostEquals(value(diagnosis, "coverage", "mc_error"), Math.sqrt((0.875 * 0.125) / n), 1e-12);
  assertAlmostEquals(value(diagnosis, "power", "mc_error"), Math.sqrt((0.75 * 0.25) / n), 1e-12);
});

Deno.test("diagnoseSimulations(simulations) tells estimates apart, and counts those that are missing", () => {
  const diagnosis = diagnoseSimulations(tableOf({
    term: ["a", "b", "a", "b"],
    truth: [0, 1, 0, 1],
    estimate: [0.5, 1, -0.5, NaN],
    p_value: [0.01, 0.2, 0.6, NaN],
  }));
  const rows = diagnosis.objects() as {
    term: string;
    diagnosand: string;
    value: number;
    n: number;
    notes: string;
    reason: string;
  }[];
  const find = (term: string, name: string) =>
    rows.find((row) => row.term === term && row.diagnosand === name)!;
  assertEquals(find("a", "bias").value, 0);
  assertEquals(find("a", "power").notes, "the truth is 0: this is the size of the test; too often");
  assertEquals([find("b", "bias").value, find("b", "bias").n], [0, 1]);
  assertEquals(find("b", "bias").notes, "1 of 2 simulations gave no estimate");
  assertEquals(find("b", "coverage").value, NaN);
  assertEquals(find("b", "type_s").value, NaN);
});

Deno.test("diagnoseSimulations(simulations) calls wrong signs and exaggeration by their names", () => {
  const diagnosis = diagnoseSimulations(tableOf({
    truth: [0.1, 0.1, 0.1, 0.1],
    estimate: [0.5, -0.4, 0.05, 0.3],
    p_value: [0.01, 0.02, 0.9, 0.04],
  }));
  assertAlmostEquals(value(diagnosis, "type_s"), 1 / 3, 1e-12);
  assertAlmostEquals(value(diagnosis, "exaggeration"), 4, 1e-12);
  assertEquals(value(diagnosis, "power"), 0.75);
});

Deno.test("diagnoseSimulations(simulations) gives a verdict where something is promised", () => {
  const n = 400;
  const random = stream(3);
  const estimate = Array.from({ length: n }, () => random.normal());
  const verdicts = (shift: number, half: number) => {
    const diagnosis = diagnoseSimulations(tableOf({
      truth: estimate.map(() => 0),
      estimate: estimate.map((one) => one + shift),
      conf_low: estimate.map((one) => one + shift - half),
      conf_high: estimate.map((one) => one + shift + half),
    }));
    const [bias, coverage] = ["bias", "coverage"].map((name) => value(diagnosis, name, "verdict"));
    return [bias, coverage, value(diagnosis, "coverage", "notes"), value(diagnosis, "rmse", "verdict")];
  };
  assertEquals(verdicts(0, 1.96), ["not found", "not found", "", "cannot tell"] as never);
  assertEquals(verdicts(1, 1.96), ["found", "found", "too rarely", "cannot tell"] as never);
  assertEquals(verdicts(0, 9), ["not found", "found", "too often", "cannot tell"] as never);
});

Deno.test("diagnoseSimulations(conf_level) holds intervals to the level that they state", () => {
  const n = 300;
  const random = stream(4);
  const estimate = Array.from({ length: n }, () => random.normal());
  const table = (level: number) =>
    diagnoseSimulations(tableOf({
      truth: estimate.map(() => 0),
      estimate,
      conf_low: estimate.map((one) => one - 0.6745),
      conf_high: estimate.map((one) => one + 0.6745),
      conf_level: estimate.map(() => level),
    }));
  assertEquals(value(table(0.5), "coverage", "verdict"), "not found" as never);
  assertEquals(value(table(0.9), "coverage", "notes"), "too rarely" as never);
});

Deno.test("diagnoseSimulations(…) names what is wrong with its arguments", () => {
  assertThrows(() => diagnoseSimulations(tableOf({ estimate: [1] })), RangeError, "no column 'truth'");
  assertThrows(
    () => diagnoseSimulations(tableOf({ truth: [], estimate: [] })),
    RangeError,
    "at least one row",
  );
  assertThrows(
    () => diagnoseSimulations(simulations(), { level: 0.1 } as never),
    TypeError,
    "option 'level' is unknown",
  );
});
