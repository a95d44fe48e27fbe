import type { CovarianceType, LeastSquaresParts } from "./least_squares_parts.ts";
import { addOuter, type Matrix, multiply, scaleMatrix, transpose, zeros } from "./matrix.ts";

/** B (Σ ω_i x_i x_i') B with B = (X'WX)⁻¹, in the basis: R⁻¹ (Σ ω_i q_i q_i') R⁻ᵀ. */
export function rowCovariance(
  parts: LeastSquaresParts,
  type: CovarianceType,
): { covariance: Matrix; exactRows: number } {
  const { basis, weights, residuals, inverseUpper } = parts;
  const rank = basis.length;
  const meat = zeros(rank, rank);
  const direction = new Float64Array(rank);
  let exactRows = 0;
  let squares = 0;
  for (let row = 0; row < residuals.length; row++) {
    let leverage = 0;
    for (let j = 0; j < rank; j++) {
      direction[j] = basis[j]![row]!;
      leverage += direction[j]! * direction[j]!;
    }
    const squared = residuals[row]! * residuals[row]! * (weights === null ? 1 : weights[row]!);
    squares += squared;
    // Leverage 1 makes ω = 0/0: the row is fitted exactly and its part is taken as 0.
    const exact = 1 - leverage < 1e-10;
    if (exact) exactRows++;
    const power = type === "HC2" ? 1 : type === "HC3" ? 2 : 0;
    addOuter(
      meat,
      direction,
      direction,
      power === 0 ? squared : exact ? 0 : squared / (1 - leverage) ** power,
    );
  }
  const freedom = residuals.length - rank;
  const outer = multiply(inverseUpper, transpose(inverseUpper));
  if (type === "classical") return { covariance: scaleMatrix(outer, squares / freedom), exactRows: 0 };
  const sandwich = multiply(multiply(inverseUpper, meat), transpose(inverseUpper));
  const factor = type === "HC1" ? residuals.length / freedom : 1;
  return {
    covariance: scaleMatrix(sandwich, factor),
    exactRows: type === "HC2" || type === "HC3" ? exactRows : 0,
  };
}
