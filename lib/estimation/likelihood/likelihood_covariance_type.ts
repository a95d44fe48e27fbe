import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { LikelihoodCovarianceType } from "../../stats/logistic_regression.ts";
import type { ModelRows } from "../model_rows.ts";

/** Chooses how standard errors are estimated where nothing is asked for, and refuses what does not fit the rows. */
export function chooseCovarianceType(
  action: string,
  { clusters, weights }: ModelRows,
  asked: LikelihoodCovarianceType | undefined,
): LikelihoodCovarianceType {
  const type = asked ?? (clusters !== null ? "cluster" : weights !== null ? "HC1" : "classical");
  checkOneOf<LikelihoodCovarianceType>(action, "covarianceType", type, [
    "classical",
    "HC0",
    "HC1",
    "cluster",
  ]);
  if (type === "cluster" && clusters === null) {
    throw new RangeError(
      `${cannot(action, "covarianceType", "be another one where no clusters are named", type)}; ` +
        `for example { clusters: "village" }`,
    );
  }
  return type;
}
