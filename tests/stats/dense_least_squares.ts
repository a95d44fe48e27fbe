/** Least squares straight from the definitions, with n × n matrices: what fast formulas are checked against. */
export type Dense = number[][];
const times = (a: Dense, b: Dense): Dense =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((total, value, k) => total + value * b[k]![j]!, 0)));
const flip = (a: Dense): Dense => a[0]!.map((_, j) => a.map((row) => row[j]!));
const add = (a: Dense, b: Dense, factor = 1): Dense =>
  a.map((row, i) => row.map((value, j) => value + factor * b[i]![j]!));
const identity = (n: number): Dense =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i === j ? 1 : 0));

function invert(matrix: Dense): Dense {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...identity(n)[i]!]);
  for (let p = 0; p < n; p++) {
    const pivot = work.findIndex((row, i) =>
      i >= p && Math.abs(row[p]!) === Math.max(...work.slice(p).map((r) => Math.abs(r[p]!)))
    );
    [work[p], work[pivot]] = [work[pivot]!, work[p]!];
    work[p] = work[p]!.map((value) => value / work[p]![p]!);
    work.forEach((row, i) => {
      if (i !== p) work[i] = row.map((value, j) => value - row[p]! * work[p]![j]!);
    });
  }
  return work.map((row) => row.slice(n));
}

/** A^(-1/2) of a symmetric positive definite matrix by the Denman-Beavers iteration: no eigenvalues. */
function inverseSquareRoot(matrix: Dense): Dense {
  let y = matrix;
  let z = identity(matrix.length);
  for (let step = 0; step < 60; step++) {
    const [inverseY, inverseZ] = [invert(y), invert(z)];
    [y, z] = [
      add(y, inverseZ).map((row) => row.map((value) => value / 2)),
      add(z, inverseY).map((row) => row.map((value) => value / 2)),
    ];
  }
  return z;
}

/** A^(1/2) of a small symmetric matrix. */
function squareRoot(matrix: Dense): Dense {
  return invert(inverseSquareRoot(matrix));
}

/** CR2 and its degrees of freedom straight from the definition, with n × n matrices. */
export function denseCr2(
  columns: Dense,
  y: number[],
  clusters: number[],
  weights: number[],
): { standardErrors: number[]; df: number[]; covariance: Dense; hotelling: (contrasts: Dense) => number } {
  const X = flip(columns);
  const W = identity(y.length).map((row, i) => row.map((value) => value * weights[i]!));
  const M = invert(times(times(flip(X), W), X));
  const U = times(times(M, times(times(times(flip(X), W), W), X)), M);
  const hat = times(times(times(X, M), flip(X)), W);
  const residual = add(y.map((value) => [value]), times(hat, y.map((value) => [value])), -1);
  const rest = add(identity(y.length), hat, -1);
  const groups = [...new Set(clusters)].map((label) =>
    [...clusters.keys()].filter((i) => clusters[i] === label)
  );
  const parts = groups.map((rows) => {
    const Xg = rows.map((i) => X[i]!);
    const Wg = rows.map((i) => rows.map((j) => W[i]![j]!));
    const Hg = times(times(times(Xg, M), flip(Xg)), Wg);
    const inner = add(add(add(identity(rows.length), Hg, -1), flip(Hg), -1), times(times(Xg, U), flip(Xg)));
    const left = times(times(flip(Xg), Wg), inverseSquareRoot(inner));
    return { score: times(left, rows.map((i) => residual[i]!)), left, rest: rows.map((i) => rest[i]!) };
  });
  const meat = parts.map(({ score }) => times(score, flip(score))).reduce((a, b) => add(a, b));
  const V = times(times(M, meat), M);
  const omegaOf = (left: number[], right: number[]): Dense => {
    const P = (row: number[]) => parts.map(({ left, rest }) => times(times([row], left), rest)[0]!);
    return times(P(left), flip(P(right)));
  };
  const df = M.map((row) => {
    const omega = omegaOf(row, row);
    const trace = omega.reduce((total, line, g) => total + line[g]!, 0);
    return trace ** 2 / omega.flat().reduce((total, value) => total + value * value, 0);
  });
  // Pustejovsky and Tipton 2018: q (q + 1) over the summed variances of the entries of G V G', V's mean made I by G.
  const hotelling = (contrasts: Dense): number => {
    const q = contrasts.length;
    const rows = times(contrasts, M);
    const trace = (omega: Dense) => omega.reduce((total, line, g) => total + line[g]!, 0);
    const expected = rows.map((left) => rows.map((right) => trace(omegaOf(left, right))));
    const standard = times(invert(squareRoot(expected)), rows);
    let total = 0;
    standard.forEach((s) =>
      standard.forEach((t) => {
        const [ss, tt, st, ts] = [omegaOf(s, s), omegaOf(t, t), omegaOf(s, t), omegaOf(t, s)];
        ss.forEach((line, g) =>
          line.forEach((value, h) => total += value * tt[g]![h]! + st[g]![h]! * ts[g]![h]!)
        );
      })
    );
    return q * (q + 1) / total;
  };
  return { standardErrors: V.map((row, j) => Math.sqrt(row[j]!)), df, covariance: V, hotelling };
}
