import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type RandomStream, stream } from "@understudy/understudy/core";
import { chiSquareQuantile } from "../../lib/stats/distributions.ts";
import { cholesky, dot, invertCholesky, multiplyVector, solveCholesky } from "../../lib/stats/matrix.ts";
import { fitRandomIntercept, type RandomInterceptFit } from "../../lib/stats/random_intercept.ts";

/** Unbalanced groups: columns that vary within, between and in both; a variance ratio from nothing to 100. */
interface Data {
  readonly columns: Float64Array[];
  readonly outcome: Float64Array;
  readonly groups: number[];
}

function draw(random: RandomStream): Data {
  const count = 3 + random.integer(8);
  const groups = Array.from({ length: count }, (_, group) => Array(1 + random.integer(7)).fill(group)).flat();
  groups.push(0, 1);
  const level = (sd: number) => {
    const own = Array.from({ length: count }, () => sd * random.normal());
    return groups.map((group) => own[group]!);
  };
  const noise = () => groups.map(() => random.normal());
  const sum = (...parts: number[][]) =>
    groups.map((_, row) => parts.reduce((all, part) => all + part[row]!, 0));
  const columns = [groups.map(() => 1), noise(), sum(noise(), level(1)), level(1)].slice(
    0,
    1 + random.integer(4),
  );
  const outcome = sum(noise(), level([0, 0.3, 1, 10][random.integer(4)]!), columns.at(-1)!);
  return {
    columns: columns.map((each) => Float64Array.from(each)),
    outcome: Float64Array.from(outcome),
    groups,
  };
}

function invert(matrix: number[][]): { inverse: number[][]; logDeterminant: number } {
  const lower = cholesky(matrix)!;
  return {
    inverse: invertCholesky(lower),
    logDeterminant: lower.reduce((sum, row, i) => sum + 2 * Math.log(row[i]!), 0),
  };
}

const product = (a: number[][], b: number[][]) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * b[i]![j]!, 0)));
const turned = (a: number[][]) => a[0]!.map((_, j) => a.map((row) => row[j]!));
const trace = (a: number[][]) => a.reduce((sum, row, i) => sum + row[i]!, 0);

/** The restricted likelihood by its definition: the whole covariance matrix of all rows. */
function dense({ columns, outcome, groups }: Data, residual: number, group: number) {
  const rows = groups.map((_, i) =>
    groups.map((_, j) => (i === j ? residual : 0) + (groups[i] === groups[j] ? group : 0))
  );
  const lower = cholesky(rows)!;
  const solved = columns.map((column) => solveCholesky(lower, column));
  const ofTerms = invert(solved.map((left) => columns.map((column) => dot(left, column))));
  const coefficients = multiplyVector(ofTerms.inverse, multiplyVector(solved, outcome));
  const rest = outcome.map((value, row) =>
    value - columns.reduce((sum, column, j) => sum + column[row]! * coefficients[j]!, 0)
  );
  const squares = dot(rest, solveCholesky(lower, rest));
  const logs = lower.reduce((sum, row, i) => sum + 2 * Math.log(row[i]!), 0) + ofTerms.logDeterminant;
  const free = groups.length - columns.length;
  const logLikelihood = -(free * Math.log(2 * Math.PI) + logs + squares) / 2;
  const projection = () => {
    const left = solved.map((each) => [...each]);
    const spent = product(turned(left), product(ofTerms.inverse, left));
    return invertCholesky(lower).map((row, i) => row.map((value, j) => value - spent[i]![j]!));
  };
  return { coefficients, covariance: ofTerms.inverse, logLikelihood, projection };
}

/** The best of a function of several numbers, by steps along each that halve where none is better. */
function climb(of: (at: number[]) => number, start: number[]): { at: number[]; value: number } {
  let best = { at: start, value: of(start) };
  for (let step = 1; step > 1e-5;) {
    const tried = best.at.flatMap((_, place) =>
      [-step, step].map((move) => best.at.map((value, i) => i === place ? value + move : value))
    ).map((at) => ({ at, value: of(at) })).reduce((high, each) => each.value > high.value ? each : high);
    if (tried.value > best.value) best = tried;
    else step /= 2;
  }
  return best;
}

const fitted = ({ columns, outcome, groups }: Data, alpha = 0.05): RandomInterceptFit => {
  const fit = fitRandomIntercept(columns, outcome, groups, alpha);
  assert(typeof fit !== "string", String(fit));
  return fit;
};

type Variance = RandomInterceptFit["variances"][number];
type Three = readonly [Variance, Variance, Variance];

function shuffled(count: number): number[] {
  const random = stream(3, "order");
  return Array.from({ length: count }, (_, row) => [random.uniform(), row] as const)
    .sort(([a], [b]) => a - b).map(([, row]) => row);
}

const sets = Array.from({ length: 50 }, (_, set) => draw(stream(20261130, "random intercept", set)));

Deno.test("fitRandomIntercept(…) reaches the maximum of the whole restricted likelihood on 50 unbalanced data sets", () => {
  let zero = 0;
  for (const [set, data] of sets.entries()) {
    const fit = fitted(data);
    const [group, residual] = fit.variances as Three;
    // A variance is the square of what is searched, so that 0 can be reached.
    const at = ([log, root]: number[]) => dense(data, Math.exp(log!), root! ** 2).logLikelihood;
    const best = [0, 1, 5].map((root) => climb(at, [0, root]))
      .reduce((high, each) => each.value > high.value ? each : high);
    assertAlmostEquals(fit.logLikelihood, best.value, 1e-6, `set ${set}`);
    const own = dense(data, residual.estimate, group.estimate);
    assertAlmostEquals(own.logLikelihood, fit.logLikelihood, 1e-9, `set ${set}`);
    own.coefficients.forEach((value, j) => {
      assertAlmostEquals(fit.coefficients[j]!.estimate, value, 1e-8);
      assertAlmostEquals(fit.coefficients[j]!.stdError, Math.sqrt(own.covariance[j]![j]!), 1e-8);
    });
    if (group.estimate === 0) zero++;
  }
  assert(zero >= 5 && zero <= 25, `${zero} of 50 at the boundary`);
});

Deno.test("fitRandomIntercept(…) has Satterthwaite's degrees of freedom and errors of variances as their definitions say", () => {
  for (const data of sets.slice(0, 20)) {
    const fit = fitted(data);
    const [group, residual, share] = fit.variances as Three;
    const [between, within] = [group.estimate, residual.estimate];
    const projection = dense(data, within, between).projection();
    const same = data.groups.map((own) => data.groups.map((other) => own === other ? 1 : 0));
    const parts = [projection, product(projection, same)];
    const information = parts.map((a) => parts.map((b) => trace(product(a, b)) / 2));
    const { inverse } = invert(information);
    assertAlmostEquals(residual.stdError, Math.sqrt(inverse[0]![0]!), 1e-8 * within);
    assertAlmostEquals(group.stdError, Math.sqrt(inverse[1]![1]!), 1e-8 * (within + between));
    const byShare = [-between, within].map((each) => each / (within + between) ** 2);
    const quadratic = (g: number[]) =>
      g.reduce((sum, a, i) => sum + g.reduce((s, b, j) => s + a * b * inverse[i]![j]!, 0), 0);
    assertAlmostEquals(share.stdError, Math.sqrt(quadratic(byShare)), 1e-8);
    const step = 1e-4 * within;
    data.columns.forEach((_, j) => {
      const variance = (r: number, g: number) => dense(data, r, g).covariance[j]![j]!;
      const gradient = [
        (variance(within + step, between) - variance(within - step, between)) / (2 * step),
        (variance(within, between + step) - variance(within, between - step)) / (2 * step),
      ];
      const df = 2 * variance(within, between) ** 2 / quadratic(gradient);
      assertAlmostEquals(fit.coefficients[j]!.df / df, 1, 1e-5);
    });
  }
});

Deno.test("fitRandomIntercept(…) ends its intervals where the profile of the likelihood has fallen by half a chi-square", () => {
  const drop = chiSquareQuantile(0.9, 1) / 2;
  for (const data of sets.slice(0, 8)) {
    const { variances, logLikelihood } = fitted(data, 0.1);
    const [group, , share] = variances as Three;
    const held = (of: (log: number) => number) => climb(([log]) => of(log!), [0]).value;
    const profiles = [
      [group, (tau: number) => held((log) => dense(data, Math.exp(log), tau).logLikelihood)],
      [
        share,
        (rho: number) =>
          held((log) => dense(data, Math.exp(log), rho / (1 - rho) * Math.exp(log)).logLikelihood),
      ],
    ] as const;
    for (const [{ low, high, estimate }, profile] of profiles) {
      assert(low <= estimate && estimate < high);
      assertAlmostEquals(profile(high), logLikelihood - drop, 1e-6);
      if (low > 0) assertAlmostEquals(profile(low), logLikelihood - drop, 1e-6);
      else assert(profile(0) >= logLikelihood - drop - 1e-9);
    }
  }
});

Deno.test("fitRandomIntercept(…) is the analysis of variance where groups are of one size", () => {
  const random = stream(1, "balanced");
  const [count, size] = [12, 5];
  const groups = Array.from({ length: count * size }, (_, row) => row % count);
  const own = Array.from({ length: count }, () => random.normal());
  const outcome = Float64Array.from(groups, (group) => 1e6 + own[group]! + random.normal());
  const one = new Float64Array(outcome.length).fill(1);
  const means = own.map((_, group) =>
    outcome.reduce((sum, value, row) => sum + (groups[row] === group ? value - 1e6 : 0), 0) / size
  );
  const mean = means.reduce((sum, each) => sum + each, 0) / count;
  const between = size * means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  const within = outcome.reduce((sum, value, row) => sum + (value - 1e6 - means[groups[row]!]!) ** 2, 0) /
    (count * (size - 1));
  const { variances, coefficients } = fitted({ columns: [one], outcome, groups });
  const [group, residual, share] = variances as Three;
  assertAlmostEquals(residual.estimate, within, 1e-8);
  assertAlmostEquals(group.estimate, (between - within) / size, 1e-8);
  assertAlmostEquals(share.estimate, (between - within) / (between + (size - 1) * within), 1e-8);
  assertAlmostEquals(coefficients[0]!.df, count - 1, 1e-6);
  assertAlmostEquals(coefficients[0]!.stdError, Math.sqrt(between / (count * size)), 1e-8);
  const free = count * (size - 1);
  assertAlmostEquals(residual.low, free * within / chiSquareQuantile(0.975, free), 1e-6);
});

Deno.test("fitRandomIntercept(…) says why there is no fit", () => {
  const fit = (columns: number[][], outcome: number[], groups: number[]) => {
    const found = fitRandomIntercept(
      columns.map((each) => Float64Array.from(each)),
      Float64Array.from(outcome),
      groups,
      0.05,
    );
    return typeof found === "string" ? found : "fitted";
  };
  const none = "the terms leave no differences between groups, or none within";
  const one = [1, 1, 1, 1, 1, 1];
  const outcome = [1, 4, 2, 8, 5, 7];
  const pairs = [0, 0, 1, 1, 2, 2];
  assertEquals(fit([one], outcome, pairs), "fitted");
  assertEquals(fit([one], outcome, [0, 0, 0, 0, 0, 0]), "there is only one group");
  assertEquals(
    fit([one], outcome, [0, 1, 2, 3, 4, 5]),
    "each group has one row: groups and residuals are the same",
  );
  assertEquals(fit([one], one, pairs), "the terms fit the outcome exactly");
  assertEquals(
    fit([one, [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]], outcome, pairs),
    none,
  );
  assertEquals(fit([one], [1, 1, 2, 2, 5, 5], pairs), none);
  assertEquals(
    fit([one, [0, 1, 0, 1, 0, 1]], [1, 2, 2, 3, 5, 6], pairs),
    none,
  );
});

Deno.test("fitRandomIntercept(…) does not depend on the order of rows, on units or on where columns are centred", () => {
  for (const data of sets.slice(0, 10)) {
    const order = shuffled(data.groups.length);
    const moved = {
      columns: data.columns.map((column, j) =>
        Float64Array.from(order, (row) => j === 0 ? 1 : 1000 * column[row]! + 2026)
      ),
      outcome: Float64Array.from(order, (row) => 1e4 * data.outcome[row]! - 5e5),
      groups: Array.from(order, (row) => data.groups[row]!),
    };
    const [fit, again] = [fitted(data), fitted(moved)];
    assertAlmostEquals(
      again.variances[0]!.estimate / 1e8,
      fit.variances[0]!.estimate,
      1e-7 * (1 + fit.variances[0]!.estimate),
    );
    assertAlmostEquals(again.variances[2]!.high, fit.variances[2]!.high, 1e-7);
    fit.coefficients.slice(1).forEach((each, j) => {
      assertAlmostEquals(again.coefficients[j + 1]!.estimate / 10, each!.estimate, 1e-7);
      assertAlmostEquals(again.coefficients[j + 1]!.df / each!.df, 1, 1e-6);
    });
  }
});
