import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { columnOf, type Columns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { declareConjoint } from "@understudy/understudy/designs";
import {
  checkConjoint,
  compareAmces,
  estimateAcie,
  estimateAmce,
  type EstimateAmceOptions,
  estimateMarginalMeans,
} from "@understudy/understudy/estimation";
import { leastSquares } from "@understudy/understudy/stats";
import { probabilitiesOf, profilesOf } from "../designs/fixtures.ts";

const conjoint = declareConjoint({
  features: { education: ["none", "school", "college"], job: { janitor: 3, teacher: 2, doctor: 1 } },
  restrictions: [{ education: "none", job: ["doctor"] }],
  tasks: 4,
});

function columnsOf(table: Table): { [name: string]: unknown[] } {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

/** Ratings of restricted profiles whose features interact, with weights and a trait that varies within respondents. */
function ratings(respondents: number, seed: number): { [name: string]: unknown[] } {
  const personas = tableOf({ persona_id: Array.from({ length: respondents }, (_, row) => `p${row}`) });
  const columns = columnsOf(profilesOf(personas, conjoint, seed));
  const random = stream(seed, "ratings");
  const education = columns.education as string[];
  return {
    ...columns,
    rating: education.map((level, row) =>
      (level === "college" ? 1 : 0) * (columns.job![row] === "teacher" ? 2 : 1) +
      (columns.job![row] === "doctor" ? 0.5 : 0) + random.normal()
    ),
    w: education.map(() => 0.5 + random.uniform()),
    mood: education.map(() => (random.uniform() < 0.4 ? "bad" : "good")),
  };
}

const data = ratings(50, 1);
const table = tableOf(data);
const base: EstimateAmceOptions = { outcome: "rating", conjoint };

/** Rows of the table by (feature, level). */
function row(found: Table, feature: string, level: string): { [column: string]: unknown } {
  const rows = found.objects() as { [column: string]: unknown }[];
  return rows.find((candidate) => candidate.feature === feature && candidate.level === level)!;
}

function cellMean(education: string, job: string, of = data): number {
  const values = (of.rating as number[]).filter((_, i) =>
    of.education![i] === education && of.job![i] === job
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("estimateAmce(conjoint) averages over combinations that occur with both levels, by the design", () => {
  const probabilities = probabilitiesOf(conjoint) as {
    education: string;
    job: string;
    probability: number;
  }[];
  const share = (job: string) =>
    probabilities.filter((cell) => cell.job === job).reduce((sum, { probability }) => sum + probability, 0);
  // Janitor and teacher occur with "none" and with "school"; doctor does not.
  const jobs = ["janitor", "teacher"];
  const total = share("janitor") + share("teacher");
  const school = jobs.reduce(
    (sum, job) => sum + share(job) / total * (cellMean("school", job) - cellMean("none", job)),
    0,
  );
  assertAlmostEquals(row(estimateAmce(table, base), "education", "school").estimate as number, school, 1e-10);
  const uniform = estimateAmce(table, { ...base, average: "uniform" });
  const even = jobs.reduce((sum, job) => sum + (cellMean("school", job) - cellMean("none", job)) / 2, 0);
  assertAlmostEquals(row(uniform, "education", "school").estimate as number, even, 1e-10);
});

Deno.test("estimateAmce(interactions) without a design averages by the shares observed", () => {
  const { conjoint: _conjoint, ...rest } = base;
  const found = estimateAmce(table, {
    ...rest,
    features: { education: ["none", "school", "college"], job: ["janitor", "teacher", "doctor"] },
    interactions: [["education", "job"]],
  });
  const count = (job: string) => data.job!.filter((value) => value === job).length;
  const total = count("janitor") + count("teacher");
  const expected = ["janitor", "teacher"].reduce(
    (sum, job) => sum + count(job) / total * (cellMean("college", job) - cellMean("none", job)),
    0,
  );
  assertAlmostEquals(row(found, "education", "college").estimate as number, expected, 1e-10);
});

Deno.test("estimateAmce(weights) agrees with weighted least squares and CR0 times C / (C - 1)", () => {
  const features = { education: ["none", "school", "college"], job: ["janitor", "teacher", "doctor"] };
  const found = estimateAmce(table, { outcome: "rating", features, weights: "w" });
  const indicator = (name: string, level: string) => data[name]!.map((value) => (value === level ? 1 : 0));
  const columns = [
    data.w!.map(() => 1),
    indicator("education", "school"),
    indicator("education", "college"),
    indicator("job", "teacher"),
    indicator("job", "doctor"),
  ];
  const fit = leastSquares(columns, data.rating as number[], {
    weights: data.w as number[],
    clusters: data.persona_id!,
    covarianceType: "CR0",
  });
  const estimates = columnOf<number>(found, "estimate").filter((value) => value !== 0);
  const errors = columnOf<number>(found, "std_error").filter((value) => !Number.isNaN(value));
  estimates.forEach((estimate, j) => assertAlmostEquals(estimate, fit.coefficients[j + 1]!, 1e-10));
  errors.forEach((error, j) =>
    assertAlmostEquals(error, fit.standardErrors[j + 1]! * Math.sqrt(50 / 49), 1e-10)
  );
});

Deno.test("estimateAmce(by) gives each subgroup what it gets alone", () => {
  const both = estimateAmce(table, { ...base, by: "mood", alpha: 0.1 });
  const good = data.mood!.map((mood) => mood === "good");
  const alone = tableOf(
    Object.fromEntries(
      Object.entries(data).map(([name, values]) => [name, values.filter((_, i) => good[i])]),
    ),
  );
  const expected = estimateAmce(alone, { ...base, alpha: 0.1 });
  for (const field of ["estimate", "std_error", "conf_low", "n"]) {
    const own = columnOf<number>(both, field).slice(6);
    columnOf<number>(expected, field).forEach((value, i) => {
      assert(Number.isNaN(value) ? Number.isNaN(own[i]) : Math.abs(value - own[i]!) < 1e-9, field);
    });
  }
});

Deno.test("estimateMarginalMeans(differences) takes account of respondents who are in both subgroups", () => {
  // The difference as one regression on indicators, with clusters: an independent route to the same number.
  const features = { education: ["none", "school", "college"] };
  const found = estimateMarginalMeans(table, { outcome: "rating", features, by: "mood", differences: true });
  const columns = ["none", "school", "college"].flatMap((level) => {
    const shown: number[] = data.education!.map((value) => (value === level ? 1 : 0));
    return [shown, shown.map((value, i) => value * (data.mood![i] === "good" ? 1 : 0))];
  });
  const fit = leastSquares(columns, data.rating as number[], {
    clusters: data.persona_id!,
    covarianceType: "CR0",
  });
  [1, 3, 5].forEach((column, level) => {
    assertAlmostEquals(columnOf<number>(found, "estimate")[level]!, fit.coefficients[column]!, 1e-10);
    const expected = fit.standardErrors[column]! * Math.sqrt(50 / 49);
    assertAlmostEquals(columnOf<number>(found, "std_error")[level]!, expected, 1e-10);
  });
});

Deno.test("estimateAcie(table) is the interaction of cell means; a combination ruled out is NaN with a reason", () => {
  const found = estimateAcie(table, { ...base, between: ["education", "job"] });
  const at = (level: string, other: string) =>
    (found.objects() as { [column: string]: unknown }[]).find((candidate) =>
      candidate.level === level && candidate.with_level === other
    )!;
  const expected = (cellMean("college", "teacher") - cellMean("none", "teacher")) -
    (cellMean("college", "janitor") - cellMean("none", "janitor"));
  assertAlmostEquals(at("college", "teacher").estimate as number, expected, 1e-10);
  assert(Number.isNaN(at("college", "doctor").estimate));
  assertStringIncludes(at("college", "doctor").reason as string, "do not both occur");
  assertEquals(found.numRows(), 4);
});

Deno.test("estimateAmce(features) tells equal labels and names that begin alike apart", () => {
  // The reference matches levels by label and features by the beginning of their names, and mixes these up.
  const random = stream(3, "labels");
  const n = 400;
  const draw = () => Array.from({ length: n }, () => (random.uniform() < 0.5 ? "low" : "high"));
  const [price, price_2] = [draw(), draw()];
  const y = price.map((value, i) => (value === "low" ? 2 : 0) + (price_2[i] === "low" ? -1 : 0));
  const found = estimateAmce(tableOf({ price, price_2, y }), {
    outcome: "y",
    features: ["price", "price_2"],
  });
  assertAlmostEquals(row(found, "price", "low").estimate as number, 2, 1e-12);
  assertAlmostEquals(row(found, "price_2", "low").estimate as number, -1, 1e-12);
});

Deno.test("estimateAmce(reference) turns effects around", () => {
  const features = ["education", "job"];
  const plain = estimateAmce(table, { outcome: "rating", features });
  const turned = estimateAmce(table, { outcome: "rating", features, reference: { education: "school" } });
  const step = (found: Table) =>
    (row(found, "education", "college").estimate as number) -
    (row(found, "education", "none").estimate as number);
  assertAlmostEquals(step(plain), step(turned), 1e-10);
  assertEquals(row(turned, "education", "school").estimate, 0);
  assertStringIncludes(row(turned, "education", "school").reason as string, "compared with");
});

Deno.test("estimateAmce(table) reads answers, leaves out what has no value, and says so", () => {
  const long = tableOf({
    ...data,
    item: data.rating!.map(() => "rating_item"),
    value: (data.rating as number[]).map((value, i) => (i === 0 ? null : value)),
    status: data.rating!.map((_, i) => (i === 0 ? "refused" : "answered")),
    education: data.education!.map((value, i) => (i === 1 ? null : value)),
  });
  const found = estimateAmce(long, { outcome: "rating_item", conjoint });
  assertEquals(found.get("n", 0), 398);
  assertStringIncludes(found.get("notes", 1) as string, "left out: 1 refused");
  assertStringIncludes(found.get("notes", 1) as string, "1 without 'education'");
  assertStringIncludes(found.get("notes", 1) as string, "50 clusters of 'persona_id'");
});

Deno.test("estimateAmce(table) gives NaN with a reason where a level never occurs or nothing varies", () => {
  const some = data.education!.map((level) => level !== "college");
  const without = tableOf(
    Object.fromEntries(
      Object.entries(data).map(([name, values]) => [name, values.filter((_, i) => some[i])]),
    ),
  );
  const missing = row(estimateAmce(without, base), "education", "college");
  assert(Number.isNaN(missing.estimate) && Number.isNaN(missing.p_value));
  assertStringIncludes(missing.reason as string, "no profiles to compare");
  const constant = estimateAmce(tableOf({ ...data, rating: data.rating!.map(() => 3) }), base);
  const flat = row(constant, "education", "college");
  assertEquals([flat.std_error, Number.isNaN(flat.p_value)], [0, true]);
  assertStringIncludes(flat.reason as string, "does not vary");
});

Deno.test("estimateAmce(distribution t) widens intervals with few respondents, and normal says that they are few", () => {
  const few = tableOf(
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, values.slice(0, 8 * 12)])),
  );
  const normal = row(estimateAmce(few, base), "job", "teacher");
  const t = row(estimateAmce(few, { ...base, distribution: "t" }), "job", "teacher");
  assertStringIncludes(normal.notes as string, "12 respondents are few");
  assertEquals([normal.df, t.df], [Infinity, 11]);
  // 2.200985 is the 97.5% point of t with 11 degrees of freedom.
  assertAlmostEquals(
    ((t.conf_high as number) - (t.estimate as number)) / (t.std_error as number),
    2.200985160082949,
    1e-9,
  );
});

Deno.test("compareAmces(table) of one effect in two groups of respondents is Welch's test", () => {
  const side = data.persona_id!.map((id) => (Number(String(id).slice(1)) < 15 ? "left" : "right"));
  const binary = tableOf({
    ...data,
    side,
    college: data.education!.map((level) => String(level === "college")),
  });
  const options = { outcome: "rating", features: ["college"], by: "side" };
  const groups = (estimateAmce(binary, options).objects() as { [column: string]: number }[])
    .filter(({ estimate }) => estimate !== 0);
  const variances = groups.map(({ std_error, n }) => std_error! ** 2 * (n! - 1) / (n! - 2));
  const total = variances[0]! + variances[1]!;
  const test = compareAmces(binary, options);
  const difference = groups[1]!.estimate! - groups[0]!.estimate!;
  assertAlmostEquals(test.get("statistic", 0) as number, difference ** 2 / total, 1e-9);
  const df = total ** 2 / (variances[0]! ** 2 / 14 + variances[1]! ** 2 / 34);
  assertEquals(test.get("df", 0), 1);
  assertAlmostEquals(test.get("df_residual", 0) as number, df, 1e-8);
});

Deno.test("checkConjoint(table) finds a side that is favoured, a memory, and wrong shares", () => {
  const random = stream(5, "faults");
  const personas = tableOf({ persona_id: Array.from({ length: 300 }, (_, i) => i) });
  const columns = columnsOf(profilesOf(personas, conjoint, 6));
  const verdicts = (y: (i: number) => number) => {
    const found = checkConjoint(tableOf({ ...columns, y: columns.task!.map((_, i) => y(i)) }), {
      outcome: "y",
      conjoint,
    });
    return Object.fromEntries(
      (found.objects() as { check: string; verdict: string }[]).map(({ check, verdict }) => [check, verdict]),
    );
  };
  const college = (i: number) => (columns.education![i] === "college" ? 1 : 0);
  const first = (i: number) => (columns.profile![i] === 1 ? 1 : 0);
  const late = (i: number) => ((columns.task![i] as number) > 2 ? 1 : 0);
  const clean = {
    "task order": "not found",
    "profile order": "not found",
    "profile position": "not found",
    "carry-over": "not found",
    "randomisation: education and job": "not found",
  };
  assertEquals(verdicts((i) => college(i) + random.normal()), clean);
  assertEquals(verdicts((i) => first(i) + random.normal()), { ...clean, "profile position": "found" });
  assertEquals(verdicts((i) => college(i) * late(i) + random.normal()), {
    ...clean,
    "task order": "found",
  });
  const turned = verdicts((i) => college(i) * (2 * first(i) - 1) + random.normal());
  assertEquals(turned["profile order"], "found");
  const lagged = verdicts((i) =>
    ((columns.task![i] as number) > 1 ? college(i - 2) : 0.37) + random.normal()
  );
  assertEquals(lagged["carry-over"], "found");
  const shares = checkConjoint(
    tableOf({ ...columns, y: columns.task!.map(() => random.normal()) }),
    {
      outcome: "y",
      conjoint: declareConjoint({
        features: { education: ["none", "school", "college"], job: ["janitor", "teacher", "doctor"] },
      }),
    },
  );
  assertEquals(columnOf(shares, "verdict").slice(-2), ["found", "found"]);
});

Deno.test("checkConjoint(table) says what it could not check", () => {
  const found = checkConjoint(tableOf({ price: ["a", "b", "a", "b"], y: [1, 0, 1, 0] }), {
    outcome: "y",
    features: ["price"],
  });
  assertEquals(new Set(columnOf(found, "verdict")), new Set(["cannot tell"]));
  assertEquals(columnOf(found, "reason"), [
    "no column 'task'",
    "no column 'profile'",
    "no column 'profile'",
    "no column 'task', no column 'profile', no column of respondents",
  ]);
});

const wrong: [name: string, call: () => unknown, says: string][] = [
  ["an unknown option", () => estimateAmce(table, { ...base, id: "p" } as never), "option 'id' is unknown"],
  ["no features", () => estimateAmce(table, { outcome: "rating" }), "'features' must be given"],
  [
    "a missing column",
    () => estimateAmce(table, { outcome: "rating", features: ["race"] }),
    "no column 'race'",
  ],
  [
    "a feature beside the design",
    () => estimateAmce(table, { ...base, features: ["mood"] }),
    "'features' must be features of 'conjoint' (education, job)",
  ],
  [
    "a tied feature left out",
    () => estimateAmce(table, { ...base, features: ["education"] }),
    "'features' must include 'job', which a restriction of 'conjoint' ties to one of them",
  ],
  [
    "an unknown level",
    () => estimateAmce(table, { outcome: "rating", features: { education: ["none", "school"] } }),
    `'education' must be one of "none", "school": current value is "college"`,
  ],
  [
    "a feature that is no category",
    () => estimateAmce(table, { outcome: "rating", features: ["w"] }),
    "'w' must be a categorical feature of 2 to 200 levels: current value is \"400 levels\"",
  ],
  [
    "a reference that is no level",
    () => estimateAmce(table, { ...base, reference: { job: "poet" } }),
    `'reference.job' must be one of "janitor", "teacher", "doctor": current value is "poet"`,
  ],
  [
    "a feature as subgroup",
    () => estimateAmce(table, { ...base, by: "job" }),
    "'by' must not be one of the features",
  ],
  [
    "differences of nothing",
    () => estimateAmce(table, { ...base, differences: true }),
    "'differences' must come with 'by'",
  ],
  [
    "an unknown subgroup",
    () => estimateAmce(table, { ...base, by: "mood", differences: true, referenceGroup: "sad" }),
    `'referenceGroup' must be one of "bad", "good"`,
  ],
  [
    "one subgroup",
    () => compareAmces(tableOf({ ...data, mood: data.mood!.map(() => "good") }), { ...base, by: "mood" }),
    "'by' must hold at least two subgroups",
  ],
  [
    "an interaction of one feature",
    () => estimateAcie(table, { ...base, between: ["job", "job"] }),
    "'between' must be two features",
  ],
  [
    "a profile that occurs twice",
    () => checkConjoint(tableOf({ ...data, task: data.task!.map(() => 1) }), base),
    `a respondent must have each profile of a task once: "p0" has profile 1 of task 1 twice`,
  ],
  [
    "texts for tasks",
    () => checkConjoint(tableOf({ ...data, task: data.task!.map(String) }), base),
    "'task' must hold numbers",
  ],
];
for (const [name, call, says] of wrong) {
  Deno.test(`the conjoint estimators refuse ${name}`, () => {
    const error = assertThrows(call, Error, says);
    assert(error instanceof TypeError || error instanceof RangeError);
    assert(error.message.startsWith("Cannot "), error.message);
  });
}

Deno.test("the conjoint estimators make of any table a table or an error that says what cannot be done", () => {
  const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "x", true, 0, -1, Infinity, {});
  const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 200, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const profile = fc.record({
    persona_id: mostly(fc.integer({ min: 0, max: 8 })),
    task: mostly(fc.integer({ min: 1, max: 3 })),
    profile: mostly(fc.integer({ min: 1, max: 2 })),
    a: mostly(fc.constantFrom("r", "s", "t")),
    b: mostly(fc.constantFrom("u", "v")),
    by: mostly(fc.constantFrom("left", "right")),
    w: mostly(fc.double({ min: 0, max: 3, noNaN: true })),
    y: mostly(fc.oneof(fc.integer({ min: 0, max: 1 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  });
  const verbs: ((table: Table, options: EstimateAmceOptions) => Table)[] = [
    (units, options) => estimateAmce(units, options),
    (units, options) => estimateAmce(units, { ...options, by: "by", interactions: [["a", "b"]] }),
    (units, options) => estimateAmce(units, { ...options, by: "by", differences: true, average: "uniform" }),
    (units, options) => estimateMarginalMeans(units, { ...options, by: "by", differences: true }),
    (units, options) => estimateAcie(units, { ...options, between: ["a", "b"] }),
    (units, options) => compareAmces(units, { ...options, by: "by" }),
    (units, options) => checkConjoint(units, options),
  ];
  let tables = 0;
  fc.assert(
    fc.property(
      fc.array(profile, { minLength: 1, maxLength: 30 }),
      fc.nat({ max: verbs.length - 1 }),
      fc.boolean(),
      (rows, verb, weighted) => {
        const columns: Columns = {};
        for (const name of Object.keys(rows[0]!) as (keyof typeof rows[0])[]) {
          columns[name] = rows.map((unit) => unit[name]);
        }
        try {
          const found = verbs[verb]!(tableOf(columns), {
            outcome: "y",
            features: ["a", "b"],
            ...(weighted ? { weights: "w" } : {}),
          });
          tables++;
          for (let i = 0; i < found.numRows(); i++) {
            const p = found.get("p_value", i) as number;
            assert(Number.isNaN(p) ? found.get("reason", i) !== "" : p >= 0 && p <= 1, `p ${p}`);
          }
        } catch (error) {
          assert(
            /^Cannot (estimate|compare|check|adjust) /.test((error as Error).message),
            String((error as Error).stack),
          );
        }
      },
    ),
    { seed: 1, numRuns: 1500 },
  );
  assert(tables > 500, `only ${tables} tables`);
});
