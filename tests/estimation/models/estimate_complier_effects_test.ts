import { fCritical } from "../../../lib/stats/distributions.ts";
import { agrees, goldenCases, goldenData } from "../../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import {
  estimateComplierEffects,
  type EstimateComplierEffectsOptions,
  estimateEffects,
} from "@understudy/understudy/estimation";

const cases = goldenCases("instruments");
const rct = tableOf(goldenData("rct"));
type Row = { [column: string]: number } & { term: string; quantity: string; notes: string; reason: string };

function rowsOf(options: Partial<EstimateComplierEffectsOptions>, table = rct): Row[] {
  const full = { outcome: "yd", treatment: "d", instruments: "z", ...options };
  return estimateComplierEffects(table, full).objects() as Row[];
}
const find = (rows: readonly Row[], quantity: string, term = "d") =>
  rows.find((row) => row.quantity === quantity && row.term === term)!;

const fits: { id: string; options: Partial<EstimateComplierEffectsOptions> }[] = [
  ...(["classical", "HC0", "HC1", "HC2", "HC3"] as const).map((covarianceType) => ({
    id: `iv_robust_${covarianceType}`,
    options: { covariates: ["x1"], covarianceType },
  })),
  { id: "iv_cace_wald", options: {} },
  { id: "iv_overid", options: { instruments: ["z", "x3"], covarianceType: "classical" } },
  { id: "iv_clustered_stata", options: { covariates: ["x1"], clusters: "cl", covarianceType: "stata" } },
  { id: "iv_weighted_HC1", options: { covariates: ["x1"], weights: "w", covarianceType: "HC1" } },
  { id: "iv_underidentified_warn", options: { treatment: ["d", "x1"] } },
];
const fields = {
  estimate: "estimate",
  std_error: "std.error",
  statistic: "statistic",
  p_value: "p.value",
  conf_low: "conf.low",
  conf_high: "conf.high",
  df: "df",
};
for (const { id, options } of fits) {
  Deno.test(`estimateComplierEffects(table) agrees with estimatr: ${id}`, () => {
    const { expected, tol } = cases.get(id)!;
    const rows = rowsOf({ ...options, terms: "all" });
    for (
      const [term, values] of Object.entries(expected.terms as { [term: string]: { [f: string]: number } })
    ) {
      const row = find(rows, "effect", term === "(Intercept)" ? "(intercept)" : term);
      for (const [ours, theirs] of Object.entries(fields)) {
        const value = values[theirs];
        if (value === null) assert(Number.isNaN(row[ours]));
        else assert(agrees(row[ours]!, value!, tol), `${id} ${term} ${ours}: ${row[ours]} is not ${value}`);
      }
      assertEquals(row.n, expected.nobs);
    }
    checkDiagnostics(rows, expected, tol);
  });
}

// deno-lint-ignore no-explicit-any -- golden cases have shapes of their own
function checkDiagnostics(rows: readonly Row[], expected: any, tol: number): void {
  const tests = {
    weak_instruments: expected.first_stage_F,
    wu_hausman: expected.wu_hausman,
    overidentification: expected.overid,
  };
  for (const [quantity, test] of Object.entries(tests)) {
    if (test === undefined) continue;
    const row = find(rows, quantity);
    if (test.value === null) {
      assert(Number.isNaN(row.statistic));
      continue;
    }
    assert(agrees(row.statistic!, test.value, tol), `${quantity}: ${row.statistic} is not ${test.value}`);
    assert(agrees(row.p_value!, test["p.value"], tol));
    if (test.dendf !== undefined) assertEquals(row.df, test.dendf);
  }
}

Deno.test("estimateComplierEffects(table) is the ratio of the effects on the outcome and on the treatment", () => {
  const on = (outcome: string) =>
    estimateEffects(rct, { outcome, arm: "z", reference: 0 }).get("estimate", 0) as number;
  assertAlmostEquals(rowsOf({})[0]!.estimate!, on("yd") / on("d"), 1e-10);
});

Deno.test("estimateComplierEffects(table) has least squares for its answer where assignment is followed", () => {
  const followed = rowsOf(
    { treatment: "z", instruments: "z2", outcome: "y" },
    rct.assign({ z2: rct.array("z") }),
  );
  const plain = estimateEffects(rct, { outcome: "y", arm: "z", reference: 0 });
  assertAlmostEquals(followed[0]!.estimate!, plain.get("estimate", 0), 1e-12);
  assertAlmostEquals(followed[0]!.std_error!, plain.get("std_error", 0), 1e-12);
});

Deno.test("estimateComplierEffects(table): Anderson-Rubin's classical interval solves the quadratic inequality", () => {
  // With one instrument: (a - βb)² <= c s²(β) with a, b the covariances of z with y and d; s² of y - βd on 1, z.
  const [y, d, z] = ["yd", "d", "z"].map((name) => rct.array(name) as number[]);
  const n = y!.length;
  const mean = (x: number[]) => x.reduce((total, value) => total + value, 0) / n;
  const centred = (x: number[]) => x.map((value) => value - mean(x));
  const product = (a: number[], b: number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);
  const [Y, D, Z] = [centred(y!), centred(d!), centred(z!)];
  const zz = product(Z, Z);
  const [a, b] = [product(Z, Y) / zz, product(Z, D) / zz];
  const [ey, ed] = [Y.map((value, i) => value - a * Z[i]!), D.map((value, i) => value - b * Z[i]!)];
  const c = fCritical(0.05, 1, n - 2) / (n - 2) / zz;
  const quadratic = [
    b * b - c * product(ed, ed),
    -2 * (a * b - c * product(ey, ed)),
    a * a - c * product(ey, ey),
  ] as const;
  const root = Math.sqrt(quadratic[1] ** 2 - 4 * quadratic[0] * quadratic[2]);
  const row = find(rowsOf({ covarianceType: "classical" }), "anderson_rubin");
  assertAlmostEquals(row.conf_low!, (-quadratic[1] - root) / (2 * quadratic[0]), 1e-8);
  assertAlmostEquals(row.conf_high!, (-quadratic[1] + root) / (2 * quadratic[0]), 1e-8);
  assertAlmostEquals(row.statistic!, a * a / (product(ey, ey) / (n - 2) / zz), 1e-8);
});

Deno.test("estimateComplierEffects(table): Anderson-Rubin's interval is unbounded where the instrument is weak", () => {
  const table = tableOf({
    z: [0, 1, 0, 1, 0, 1, 0, 1],
    d: [0, 1, 1, 0, 0, 1, 1, 0.1],
    y: [1, 2, 4, 1, 0, 3, 2, 2],
  });
  const row = find(rowsOf({ outcome: "y" }, table), "anderson_rubin");
  assert(row.conf_low === -Infinity || row.conf_high === Infinity);
  assertStringIncludes(row.notes, "too weak for a bounded interval");
});

Deno.test("estimateComplierEffects(table): robust overidentification is Wooldridge's score test, n less the residual sum", () => {
  // Regress 1 on e r; computed here from the definition with one spare instrument.
  const rows = rowsOf({ instruments: ["z", "x3"], covarianceType: "HC0", terms: "all" });
  const [y, d, z, x3] = ["yd", "d", "z", "x3"].map((name) => rct.array(name) as number[]);
  const e = y!.map((value, i) =>
    value - find(rows, "effect", "(intercept)").estimate! - find(rows, "effect").estimate! * d![i]!
  );
  const first = project(d!, [z!, x3!]);
  const rest = project(z!, [first.fitted]).residual;
  const score = e.map((value, i) => value * rest[i]!);
  const total = score.reduce((sum, value) => sum + value, 0);
  const statistic = total ** 2 / score.reduce((sum, value) => sum + value * value, 0);
  assertAlmostEquals(find(rows, "overidentification").statistic!, statistic, 1e-8);
});

/** Least squares on a constant and columns, by Gauss-Seidel on the normal equations: slow and independent. */
function project(y: number[], columns: number[][]): { fitted: number[]; residual: number[] } {
  const all = [y.map(() => 1), ...columns];
  let residual = [...y];
  for (let sweep = 0; sweep < 2000; sweep++) {
    for (const column of all) {
      const step = column.reduce((sum, value, i) => sum + value * residual[i]!, 0) /
        column.reduce((sum, value) => sum + value * value, 0);
      residual = residual.map((value, i) => value - step * column[i]!);
    }
  }
  return { fitted: y.map((value, i) => value - residual[i]!), residual };
}

Deno.test("estimateComplierEffects(table) reads arms by name, leaves out and counts what is missing", () => {
  const table = tableOf({
    arm: ["control", "letter", "control", "letter", "control", "letter", "control", null],
    read: [0, 1, 0, 0, 0, 1, null, 1],
    y: [1, 3, 2, 2, 1, 4, 2, 3],
  });
  const row = rowsOf({ outcome: "y", treatment: "read", instruments: "arm" }, table)[0]!;
  assertAlmostEquals(row.estimate!, (3 - 4 / 3) / (2 / 3), 1e-12);
  assertEquals(row.n, 6);
  assertStringIncludes(row.notes, "left out: 1 without 'arm', 1 without 'read'");
});

Deno.test("estimateComplierEffects(table) says why nothing can be estimated", () => {
  const same = rowsOf({ outcome: "y" }, tableOf({ z: [1, 1, 1, 1], d: [0, 1, 0, 1], y: [1, 2, 3, 4] }))[0]!;
  assert(Number.isNaN(same.estimate));
  assertStringIncludes(same.reason, "the instruments do not vary");
  const few = rowsOf({ outcome: "y" }, tableOf({ z: [0, 1], d: [0, 1], y: [1, 2] }))[0]!;
  assertStringIncludes(few.reason, "not more rows than terms");
});

Deno.test("estimateComplierEffects(table, options) refuses options that make no sense", () => {
  assertThrows(() => rowsOf({ instruments: "d" }), RangeError, "must name each column once");
  assertThrows(() => rowsOf({ covarianceType: "CR2" }), RangeError, "'covarianceType' must be one of");
  assertThrows(() => rowsOf({ treatment: "dose" }), RangeError, "has no column 'dose'");
  assertThrows(() => rowsOf({ instrument: "z" } as never), TypeError, "option 'instrument' is unknown");
});
