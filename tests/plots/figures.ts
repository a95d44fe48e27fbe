import { type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import { planPower } from "@understudy/understudy/designs";
import { sampleRandomizations } from "@understudy/understudy/estimation";
import {
  type Figure,
  plotAudit,
  plotBalance,
  plotConjoint,
  plotControls,
  plotCoverage,
  plotDrift,
  plotEffects,
  plotPower,
  plotRandomization,
  plotRepair,
  plotSensitivity,
  plotStability,
  plotWorld,
} from "@understudy/understudy/plots";
import { declareReadyStudy } from "@understudy/understudy/worlds";

/** What every figure can be told. */
export interface Look {
  readonly width?: number;
  readonly title?: string;
  readonly subtitle?: string;
}

/** Every figure of the gallery: one for each verb, and variants that have gone wrong before. */
export const figures: { readonly [name: string]: (look?: Look) => Figure } = {
  effects: (look) => plotEffects(effects, look),
  "effects-truth": (look) => plotEffects(effects, { truth: 0.5, ...look }),
  "effects-arms": (look) => plotEffects(severalArms, { truth: { threat: 0.1, promise: -0.4 }, ...look }),
  "effects-long": (look) => plotEffects(longLabels, look),
  drift: (look) => plotDrift(drift, look),
  "drift-stacked": (look) => plotDrift(stackedDrift, look),
  "drift-measures": (look) => plotDrift(measuredDrift, look),
  balance: (look) => plotBalance(balance, look),
  "balance-weighted": (look) => plotBalance(weightedBalance, { threshold: 0.1, absolute: true, ...look }),
  conjoint: (look) => plotConjoint(conjoint, look),
  "conjoint-groups": (look) => plotConjoint(groupedConjoint, look),
  audit: (look) => plotAudit(audit, look),
  "audit-many": (look) => plotAudit(longAudit, look),
  "sensitivity-bounds": (look) => plotSensitivity(bounds, look),
  "sensitivity-robustness": (look) => plotSensitivity(robustness, look),
  coverage: (look) => plotCoverage(coverage, look),
  controls: (look) => plotControls(answers, { controls: ["paper", "garden", "age"], ...look }),
  "controls-arms": (look) => plotControls(answersOfArms, { controls: "paper", ...look }),
  repair: (look) => plotRepair(repair, { truth: 0.5, ...look }),
  "repair-compared": (look) => plotRepair(compared, look),
  randomization: (look) => plotRandomization(randomizations, look),
  "randomization-several": (look) => plotRandomization(severalRandomizations, look),
  power: (look) => plotPower(power, look),
  "power-series": (look) => plotPower(powerSeries, look),
  stability: (look) => plotStability(stability, look),
  "stability-alone": (look) => plotStability(stabilityAlone, look),
  world: (look) => plotWorld(declareReadyStudy("user drift", { seed: 1 }).world, look),
  "world-moderated": (look) => plotWorld(declareReadyStudy("heterogeneous effects", { seed: 1 }).world, look),
};

/** A table of so many rows: columns of one value are filled. */
function table(rows: number, columns: { readonly [name: string]: unknown }): Table {
  return tableOf(Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name,
      Array.isArray(value) ? value : Array<unknown>(rows).fill(value),
    ]),
  ));
}

const estimated = { reference: "control", conf_level: 0.95, basis: "synthetic" };

export const effects: Table = table(3, {
  ...estimated,
  label: ["ideology left out", "ideology stated", "everything stated"],
  outcome: "support",
  arm: "incursion",
  estimate: [1.21, 0.52, NaN],
  conf_low: [0.98, 0.29, NaN],
  conf_high: [1.44, 0.75, NaN],
  reason: ["", "", "every answer was refused"],
});

const severalArms = table(4, {
  ...estimated,
  arm: ["threat", "promise", "threat", "promise"],
  outcome: ["support", "support", "trust", "trust"],
  estimate: [0.31, -0.42, 0.05, 0.12],
  conf_low: [0.12, -0.6, -0.2, NaN],
  conf_high: [0.5, -0.24, 0.3, NaN],
  reason: ["", "", "", "everyone in arm promise gives the same answer"],
});

const longLabels = table(3, {
  ...estimated,
  basis: ["synthetic", "human", "synthetic"],
  outcome: "support_for_foreign_policy",
  arm: [
    "a threat that is described at rather great length, with names",
    "promise_of_economic_cooperation_and_mutual_recognition",
    "<b>bold</b> & 'quoted'",
  ],
  estimate: [12.1, -1234.5, 820],
  conf_low: [-300, -2000, 500],
  conf_high: [400, -1000, Infinity],
});

const checked = { arm: "incursion", reference: "exercise", conf_level: 0.95, basis: "synthetic" };

export const drift: Table = table(4, {
  ...checked,
  control: ["ideology", "news_source", "childhood_garden", "worship"],
  statistic: [0.31, 0.13, 0.05, NaN],
  null_mean: [0.06, 0.05, 0.06, NaN],
  null_high: [0.11, 0.09, 0.11, NaN],
  p_adjusted: [0.0005, 0.071, 0.71, NaN],
  conf_low: [0.25, 0.06, 0.02, NaN],
  conf_high: [0.38, 0.19, 0.12, NaN],
  margin: 0.15,
  verdict: ["found", "not found", "within margin", "cannot tell"],
  reason: ["", "", "", "every answer in arm exercise is the same"],
});

const stackedDrift = table(8, {
  ...checked,
  label: ["left out", "left out", "stated", "stated", "left out", "left out", "stated", "stated"],
  control: [
    "ideology",
    "news_source",
    "ideology",
    "news_source",
    "ideology",
    "news_source",
    "ideology",
    "news_source",
  ],
  arm: ["threat", "threat", "threat", "threat", "promise", "promise", "promise", "promise"],
  statistic: [0.31, 0.12, 0.05, 0.03, 0.21, 0.19, 0.07, NaN],
  null_mean: 0.05,
  null_high: 0.1,
  p_adjusted: [0.0005, 0.003, 0.71, 0.9, 0.001, 0.001, 0.4, NaN],
  conf_low: [0.25, 0.08, 0.02, 0, 0.15, 0.12, 0.02, NaN],
  conf_high: [0.38, 0.17, 0.12, 0.08, 0.27, 0.26, 0.12, NaN],
  verdict: ["found", "found", "not found", "not found", "found", "found", "not found", "cannot tell"],
  reason: ["", "", "", "", "", "", "", "no answers in arm exercise"],
});

const measuredDrift = table(4, {
  ...checked,
  control: ["trust", "age", "trust", "age"],
  measure: ["Wasserstein", "Wasserstein", "Jensen-Shannon", "Jensen-Shannon"],
  statistic: [3, 1.5, 0.02, 0.01],
  null_mean: [0.5, 0.5, 0.001, 0.001],
  null_high: [1, 1, 0.004, 0.004],
  p_adjusted: 0.001,
  conf_low: [2, 1, 0.01, 0.005],
  conf_high: [4, 2, 0.04, 0.02],
  verdict: "found",
});

const compares = { arm: "threat", reference: "control" };

export const balance: Table = table(5, {
  ...compares,
  covariate: ["age", "income", "party", "party", "region"],
  level: ["", "", "left", "right", ""],
  statistic: [0.24, -0.05, 0.02, -0.08, NaN],
  null_high: [0.2, 0.21, 0.19, 0.19, NaN],
  verdict: ["found", "not found", "not found", "not found", "cannot tell"],
  reason: ["", "", "", "", "every persona has the same region"],
});

const weightedBalance = table(6, {
  ...compares,
  label: ["before", "before", "before", "weighted", "weighted", "weighted"],
  covariate: ["age", "income", "party", "age", "income", "party"],
  level: "",
  statistic: [0.34, -0.25, 0.08, 0.04, 0.12, 0.01],
});

export const conjoint: Table = table(7, {
  feature: [
    "education",
    "education",
    "education",
    "language",
    "language",
    "job_experience",
    "job_experience",
  ],
  level: ["none", "high school", "college", "fluent", "broken", "none", "more than five years"],
  reference: ["none", "none", "none", "fluent", "fluent", "none", "none"],
  outcome: "chosen",
  estimator: "amce",
  estimate: [0, 0.06, 0.14, 0, -0.11, 0, NaN],
  std_error: [NaN, 0.03, 0.03, NaN, 0.02, NaN, NaN],
  conf_low: [NaN, 0, 0.08, NaN, -0.15, NaN, NaN],
  conf_high: [NaN, 0.12, 0.2, NaN, -0.07, NaN, NaN],
  conf_level: 0.95,
  basis: "human",
  reason: ["", "", "", "", "", "", "no profile shows it"],
});

const groupedConjoint = table(6, {
  feature: ["education", "education", "education", "education", "language", "language"],
  level: ["none", "college", "none", "college", "fluent", "fluent"],
  group: ["left", "left", "right", "right", "left", "right"],
  outcome: "chosen",
  estimator: "marginal_mean",
  null_value: 0.5,
  estimate: [0.44, 0.6, 0.47, 0.52, 0.56, 0.61],
  conf_low: [0.4, 0.56, 0.43, 0.48, 0.52, 0.57],
  conf_high: [0.48, 0.64, 0.51, 0.56, 0.6, 0.65],
  conf_level: 0.95,
  basis: "synthetic",
});

export const audit: Table = table(6, {
  challenge: ["diversity", "diversity", "sycophancy", "sycophancy", "alienness", "bias"],
  check: ["diversity", "correct answer", "acquiescence", "sycophancy", "loadings", "subgroups"],
  item: ["trust", "trust", "good", "", "ease", ""],
  compared: ["respondent v. people", '"5"', "with 'bad'", "", "respondent v. people", ""],
  measure: ["log variance ratio", "share", "scale points", "", "congruence", ""],
  statistic: [-0.6, 0.3, 4, NaN, 0.8, NaN],
  null_mean: [0, 0.2, 0, NaN, 1, NaN],
  null_high: [0.3, 0.99, 0.2, NaN, 0.85, NaN],
  p_adjusted: [0.001, 0.4, 0.0001, NaN, 0.02, NaN],
  conf_low: [-0.9, 0.2, 3, NaN, 0.7, NaN],
  conf_high: [-0.3, 0.4, 5, NaN, 0.9, NaN],
  conf_level: 0.95,
  basis: "synthetic",
  verdict: ["found", "not found", "found", "cannot tell", "found", "cannot tell"],
  reason: ["", "", "", "needs arms that state an opinion", "", "needs groups"],
});

const many = Array.from({ length: 40 }, (_, i) => i);

export const longAudit: Table = table(40, {
  challenge: many.map((i) => ["diversity", "alienness"][i % 2]),
  check: many.map((i) => ["diversity", "item order"][i % 2]),
  item: many.map((i) => `item ${i}`),
  statistic: many.map((i) => i === 7 ? 0.5 : (i % 10) / 50),
  null_mean: 0,
  null_high: 0.2,
  p_adjusted: many.map((i) => i === 7 ? 0.001 : 1),
  conf_low: NaN,
  conf_high: NaN,
  verdict: many.map((i) => i === 7 ? "found" : "not found"),
});

export const bounds: Table = table(5, {
  ...estimated,
  outcome: "support",
  arm: "threat",
  control: ["news_source", "news_source", "news_source", "news_source", "worship"],
  // Out of order: rows are drawn by κ.
  kappa: [2, 0, 1, 0.5, 1],
  estimate: 1,
  bound_low: [-0.2, 1, 0.4, 0.7, NaN],
  bound_high: [2.2, 1, 1.6, 1.3, NaN],
  conf_low: [-0.6, 0.7, 0.1, 0.4, NaN],
  conf_high: [2.6, 1.3, 1.9, 1.6, NaN],
  breakdown_kappa: [1.25, 1.25, 1.25, 1.25, NaN],
  reason: ["", "", "", "", "the control does not vary within arms"],
});

export const robustness: Table = table(3, {
  ...estimated,
  outcome: "support",
  arm: "threat",
  benchmark: ["", "ideology", "ideology"],
  strength: [0, 1, 2],
  estimate: [0.5, 0.3, 0.1],
  conf_low: [0.3, 0.1, -0.2],
  conf_high: [0.7, 0.5, 0.4],
  robustness_value: 0.139,
  robustness_value_alpha: 0.076,
  q: 1,
});

export const coverage: Table = table(4, {
  label: ["base", "base", "repaired", "starved"],
  diagnosand: ["bias", "coverage", "coverage", "coverage"],
  value: [0.6, 0.1, 0.94, NaN],
  conf_low: [0.5, 0.05, 0.9, NaN],
  conf_high: [0.7, 0.2, 0.97, NaN],
  conf_level: 0.99,
  nominal: [0, 0.95, 0.95, 0.95],
  n: 200,
  reason: ["", "", "", "200 estimates have no such value"],
});

const people = Array.from({ length: 40 }, (_, i) => i);

/** In exercise 15 read left and 5 right papers, in incursion 8 and 12. */
export const answers: Table = tableOf({
  persona_id: people.map((i) => `p${i}`),
  arm: people.map((i) => i < 20 ? "exercise" : "incursion"),
  paper: people.map((i) => i < 15 || (i >= 20 && i < 28) ? "left" : "right"),
  garden: people.map((i) => i === 3 ? null : i % 3 === 0 ? "yes" : "no"),
  age: people.map((i) => ["30-49", "18-29", "65+"][i % 3]),
});

const answersOfArms = tableOf({
  arm: people.map((i) => ["control", "threat", "promise", "a rather long name of an arm"][i % 4]),
  paper: people.map((i) => i % 4 === 2 ? null : ["left", "right", "none"][(i * i) % 3]),
});

const runs = ["base persona", "with age", "with age, party"];
const byRun = [0, 0, 0, 1, 1, 1, 2, 2, 2];

export const repair: { iterations: Table; drift: Table; effects: Table } = {
  iterations: table(3, {
    label: runs,
    added: ["", "age", "party"],
    verdict: ["found", "found", "not found"],
  }),
  drift: table(9, {
    label: byRun.map((run) => runs[run]),
    role: ["steer", "steer", "judge", "steer", "steer", "judge", "steer", "steer", "judge"],
    control: ["paper", "vote", "church", "paper", "vote", "church", "paper", "vote", "church"],
    arm: "threat",
    reference: "control",
    statistic: [0.3, 0.22, 0.2, 0.25, 0.12, 0.22, 0.05, 0.04, NaN],
    null_mean: 0.05,
    null_high: [0.1, 0.1, 0.1, 0.1, 0.1, 0.12, 0.1, 0.1, NaN],
    p_adjusted: [0.001, 0.001, 0.001, 0.001, 0.04, 0.001, 0.6, 0.8, NaN],
    conf_low: [0.2, 0.12, 0.1, 0.15, 0.02, 0.12, 0, 0, NaN],
    conf_high: [0.4, 0.32, 0.3, 0.35, 0.22, 0.32, 0.15, 0.14, NaN],
    verdict: ["found", "found", "found", "found", "found", "found", "not found", "not found", "cannot tell"],
    reason: ["", "", "", "", "", "", "", "", "every answer is 'yes'"],
  }),
  effects: table(3, {
    ...estimated,
    label: runs,
    outcome: "support",
    arm: "threat",
    estimate: [1.2, 1.1, 0.5],
    conf_low: [0.9, 0.8, 0.2],
    conf_high: [1.5, 1.4, 0.8],
  }),
};

const renderings = ["blind", "unblinded"];

const compared = {
  repairs: table(2, { label: renderings, verdict: ["found", "within margin"] }),
  drift: table(4, {
    label: ["blind", "blind", "unblinded", "unblinded"],
    control: ["paper", "vote", "paper", "vote"],
    arm: "threat",
    reference: "control",
    statistic: [0.3, 0.22, 0.05, 0.04],
    null_mean: 0.05,
    null_high: 0.1,
    p_adjusted: [0.001, 0.001, 0.6, 0.8],
    conf_low: [0.2, 0.12, 0, 0],
    conf_high: [0.4, 0.32, 0.12, 0.11],
    margin: 0.15,
    verdict: ["found", "found", "within margin", "within margin"],
  }),
  effects: tableOf({}),
};

const villages = tableOf({ arm: [1, 0, 0, 0, 0, 0, 1], budget: [15, 15, 20, 20, 10, 15, 30] });

/** Gerber and Green's villages: 8 of 21 assignments are as extreme as the one made. */
export const randomizations: Table = sampleRandomizations(villages, { outcome: "budget" });

const threeArms = Array.from({ length: 12 }, (_, i) => ["control", "a", "b"][i % 3]!);
const severalRandomizations = sampleRandomizations(
  tableOf({ arm: threeArms, y: threeArms.map((_, i) => i % 5), z: threeArms.map((_, i) => (i * i) % 7) }),
  { outcome: ["y", "z"], permutations: 200 },
);

const power = planPower({ effect: 0.3, n: [50, 100, 200, 300, 400, 600] });
const powerSeries = planPower({
  effect: 0.3,
  n: [50, 100, 200, 300, 400],
  replicates: [1, 3, 10],
  reply_icc: 0.5,
});

function turn(
  outcome: string,
  arm: string,
  at: number,
  estimate: number,
  more: { [name: string]: unknown } = {},
) {
  return {
    ...{ outcome, arm, reference: "", turn: at, estimator: "", estimate, verdict: "" },
    ...{
      conf_low: estimate - 0.05,
      conf_high: Math.min(1, estimate + 0.05),
      conf_level: 0.95,
      basis: "synthetic",
    },
    ...more,
  };
}

const floor = { estimator: "mean agreement of answers" };
const stabilityRows = [
  turn("stability", "threat", 0, 0.9),
  turn("stability", "threat", 2, 0.5),
  turn("stability", "threat", 8, 0.2),
  turn("stability", "control", 0, 0.92),
  turn("stability", "control", 2, 0.8),
  turn("stability", "control", 8, 0.7),
  turn("no-persona level", "threat", NaN, 0.1, floor),
  turn("no-persona level", "control", NaN, 0.1, floor),
  turn("half-life", "threat", NaN, 2, { conf_low: 1.6, conf_high: 2.9, verdict: "found" }),
  turn("half-life", "control", NaN, Infinity, { verdict: "not found" }),
  turn("stability", "threat", 2, -0.3, { reference: "control", verdict: "found" }),
  turn("decay rate", "threat", NaN, 0.3, { reference: "control", verdict: "not found" }),
];

export const stability: Table = tableOfRows(stabilityRows, Object.keys(stabilityRows[0]!));

const stabilityAlone = tableOf({
  outcome: ["stability", "stability", "stability"],
  arm: [
    "one arm with a rather long name",
    "one arm with a rather long name",
    "one arm with a rather long name",
  ],
  turn: [1, 2, 3],
  estimate: [0.9, 0.86, NaN],
  conf_low: [NaN, NaN, NaN],
  conf_high: [NaN, NaN, NaN],
});
