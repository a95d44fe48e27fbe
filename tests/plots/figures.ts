import { type Table, tableOf } from "@understudy/understudy/core";
import { planMixedSubjects } from "@understudy/understudy/calibration";
import { planPower } from "@understudy/understudy/designs";
import { sampleRandomizations } from "@understudy/understudy/estimation";
import {
  type Figure,
  plotAgreement,
  plotAttrition,
  plotAudit,
  plotBalance,
  plotCalibration,
  plotConjoint,
  plotControls,
  plotCoverage,
  plotDistributions,
  plotDrift,
  plotEffects,
  plotFidelity,
  plotNetwork,
  plotPower,
  plotPrecision,
  plotProtocol,
  plotRandomization,
  plotRepair,
  plotSensitivity,
  plotSpecifications,
  plotStability,
  plotWorld,
} from "@understudy/understudy/plots";
import { declareReadyStudy, declareWorld } from "@understudy/understudy/worlds";
import { crowd, friendships, persuaded } from "./networks.ts";
import { crowded, discussion, lone } from "./protocols.ts";

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
  calibration: (look) => plotCalibration(calibrated, look),
  "calibration-arms": (look) =>
    plotCalibration(calibratedArms, { truth: { letter: 0.5, call: 0.1 }, ...look }),
  "calibration-means": (look) => plotCalibration(calibratedMeans, look),
  drift: (look) => plotDrift(drift, look),
  "drift-stacked": (look) => plotDrift(stackedDrift, look),
  "drift-measures": (look) => plotDrift(measuredDrift, look),
  agreement: (look) =>
    plotAgreement(sixtyContrasts.human, sixtyContrasts.predicted, { unit: "share of the scale", ...look }),
  "agreement-few": (look) => plotAgreement(fewContrasts.human, fewContrasts.predicted, look),
  "agreement-none": (look) => plotAgreement(fewContrasts.human.slice(0, 2), fewContrasts.predicted, look),
  attrition: (look) => plotAttrition(missing, { outcome: "support", ...look }),
  "attrition-arms": (look) => plotAttrition(missingInArms, look),
  balance: (look) => plotBalance(balance, look),
  "balance-weighted": (look) => plotBalance(weightedBalance, { threshold: 0.1, ...look }),
  conjoint: (look) => plotConjoint(conjoint, look),
  "conjoint-groups": (look) => plotConjoint(groupedConjoint, look),
  audit: (look) => plotAudit(audit, look),
  "audit-many": (look) => plotAudit(longAudit, look),
  "sensitivity-bounds": (look) => plotSensitivity(bounds, look),
  "sensitivity-robustness": (look) => plotSensitivity(robustness, look),
  coverage: (look) => plotCoverage(coverage, look),
  controls: (look) => plotControls(answers, { controls: ["paper", "garden", "age"], ...look }),
  "controls-arms": (look) => plotControls(answersOfArms, { controls: "paper", ...look }),
  distributions: (look) => plotDistributions(surveyed, modelled, { items: ["trust", "news"], ...look }),
  "distributions-groups": (look) =>
    plotDistributions(surveyed, modelled, { items: "trust", scale: [1, 5], by: "party", ...look }),
  fidelity: (look) => plotFidelity(distributionScores, look),
  "fidelity-persons": (look) => plotFidelity(personScores, look),
  repair: (look) => plotRepair(repair, { truth: 0.5, ...look }),
  "repair-success": (look) => plotRepair(succeeded, look),
  "repair-compared": (look) => plotRepair(compared, look),
  randomization: (look) => plotRandomization(randomizations, look),
  "randomization-several": (look) => plotRandomization(severalRandomizations, look),
  power: (look) => plotPower(power, look),
  "power-series": (look) => plotPower(powerSeries, look),
  precision: (look) => plotPrecision(mixedPlan, look),
  "precision-error": (look) => plotPrecision(mixedPlans, { target: 0.1, ...look }),
  specifications: (look) => plotSpecifications(multiverse(2, 3), { unit: "effect on support", ...look }),
  "specifications-many": (look) => plotSpecifications(multiverse(7, 9), look),
  protocol: (look) => plotProtocol(discussion, look),
  "protocol-alone": (look) => plotProtocol(lone, look),
  "protocol-crowded": (look) => plotProtocol(crowded, look),
  stability: (look) => plotStability(stability, look),
  "stability-alone": (look) => plotStability(stabilityAlone, look),
  network: (look) => plotNetwork(persuaded, { outcome: "attitude", ...look }),
  "network-crowd": (look) => plotNetwork(crowd, { outcome: "attitude", edges: friendships, ...look }),
  world: (look) => plotWorld(declareReadyStudy("user drift", { seed: 1 }).world, look),
  "world-factors": (look) => plotWorld(factorial, look),
  "world-moderated": (look) => plotWorld(declareReadyStudy("heterogeneous effects", { seed: 1 }).world, look),
};

/**
 * A table from lines of cells parted by bars, the first its columns; each of the other columns has one value throughout.
 * What reads as a number is one.
 */
function table(text: string, others: { readonly [column: string]: unknown } = {}): Table {
  const [names, ...rows] = text.trim().split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const read = (cell: string) =>
    cell !== "" && (cell === "NaN" || !Number.isNaN(Number(cell))) ? Number(cell) : cell;
  const fixed = Object.entries(others).map(([name, value]) => [name, rows.map(() => value)]);
  const own = names!.map((name, column) => [name, rows.map((cells) => read(cells[column] ?? ""))]);
  return tableOf(Object.fromEntries([...fixed, ...own]));
}

/** A multiverse of so many models and statements, two wordings and two ways to ask; two have no estimate. */
function multiverse(models: number, statements: number) {
  const rows = Array.from({ length: models * statements * 4 }, (_, at) => {
    const [model, stated] = [at % models, Math.floor(at / models) % statements];
    const [wording, apart] = [
      Math.floor(at / models / statements) % 2,
      Math.floor(at / models / statements / 2),
    ];
    const estimate = 1.1 - 0.8 * model / models - 0.5 * stated / statements + 0.1 * wording +
      0.07 * (at * 7 % 5 - 2);
    const chosen = {
      model: ["small local model", "large model", "base model"][model] ?? `model ${model + 1}`,
      stated: ["age, gender", "age, gender, party", "nothing"][stated] ?? `statement ${stated + 1}`,
      wording: String(wording + 1),
      ask: apart === 0 ? "together" : "apart",
    };
    const half = 0.35 + 0.2 * apart;
    const ends = { conf_low: estimate - half, conf_high: estimate + half, conf_level: 0.95 };
    const known = at % 50 !== 11;
    return {
      configuration: `c${at}`,
      is_base: at === 0,
      chosen,
      outcome: "support",
      basis: "synthetic",
      estimate: known ? estimate : NaN,
      ...ends,
    };
  });
  return {
    configurations: tableOf(
      rows.map(({ configuration, is_base, chosen }) => ({ configuration, is_base, ...chosen, calls: 600 })),
    ),
    estimates: tableOf(rows.map(({ is_base: _, chosen: __, ...row }) => row)),
  };
}

const surveyed = tableOf({
  trust: Array.from({ length: 60 }, (_, i) => 1 + i * i % 5),
  news: Array.from({ length: 60 }, (_, i) => ["television", "newspapers", "social media"][i * i % 7 % 3]),
  party: Array.from({ length: 60 }, (_, i) => i % 2 === 0 ? "left" : "right"),
});

const modelled = tableOf({
  trust: Array.from({ length: 80 }, (_, i) => 2 + i * i % 3),
  news: Array.from({ length: 80 }, (_, i) => ["television", "newspapers", "social media"][i % 3]),
  party: Array.from({ length: 80 }, (_, i) => i % 2 === 0 ? "left" : "right"),
});

const distributionScores = table(
  `
  measure                   | source           | estimate | null_mean | p_value | reason
  total variation           | synthetic        | 0.143    | 0.052     | 0.002   |
  total variation           | population query | 0.071    | 0.041     | 0.002   |
  total variation           | empty persona    | 0.231    | 0.069     | 0.002   |
  total variation           | random persona   | NaN      | NaN       | NaN     | no random persona was asked: planBaselines plans it
  total variation           | uniform          | 0.262    | 0.041     | 0.002   |
  total variation           | human split half | 0.081    | NaN       | NaN     |
  Population Fidelity Score | synthetic        | 0.61     | 0.88      | 0.01    |
  Population Fidelity Score | population query | 0.68     | 0.91      | 0.02    |
  Population Fidelity Score | empty persona    | 0        | 0.85      | 0.002   |
  Population Fidelity Score | random persona   | NaN      | NaN       | NaN     | no random persona was asked: planBaselines plans it
  Population Fidelity Score | uniform          | 0        | 0.91      | 0.002   |
  Population Fidelity Score | human split half | 0.82     | NaN       | NaN     |
`,
  { basis: "synthetic" },
);

const personScores = table(
  `
  item      | measure     | source         | estimate | conf_low | conf_high | reason
  all items | accuracy    | twin           | 0.72     | 0.70     | 0.74      |
  all items | accuracy    | empty persona  | 0.71     | 0.69     | 0.73      |
  all items | accuracy    | random persona | 0.73     | 0.71     | 0.75      |
  all items | accuracy    | human retest   | 0.84     | 0.82     | 0.86      |
  all items | correlation | twin           | 0.24     | 0.15     | 0.33      |
  all items | correlation | empty persona  | NaN      | NaN      | NaN       | the others all answer the same
  all items | correlation | random persona | 0.03     | -0.07    | 0.13      |
  all items | correlation | human retest   | 0.71     | 0.66     | 0.76      |
  all items | SD ratio    | twin           | 0.63     | 0.57     | 0.69      |
  all items | SD ratio    | empty persona  | 0        | NaN      | NaN       | the others all answer the same
  all items | SD ratio    | random persona | 0.61     | 0.55     | 0.67      |
  all items | SD ratio    | human retest   | 0.98     | 0.93     | 1.04      |
`,
  { conf_level: 0.95, basis: "synthetic" },
);

const estimated = { outcome: "support", reference: "control", conf_level: 0.95, basis: "synthetic" };

const contrasts = Array.from({ length: 60 }, (_, i) => i);
/** Sixty contrasts of twenty studies, each predicted about twice as large as it is. */
const sixtyContrasts = {
  human: tableOf({
    study: contrasts.map((i) => `s${Math.floor(i / 3)}`),
    arm: contrasts.map((i) => `a${i % 3}`),
    reference: contrasts.map(() => "control"),
    estimate: contrasts.map((i) => 0.01 + 0.09 * Math.sin(i * 1.7) + 0.04 * Math.cos(i * 2.9)),
    std_error: contrasts.map((i) => 0.02 + 0.01 * (i % 3)),
    cov_shared: contrasts.map(() => 0.0002),
  }),
  predicted: tableOf({
    study: contrasts.map((i) => `s${Math.floor(i / 3)}`),
    arm: contrasts.map((i) => `a${i % 3}`),
    reference: contrasts.map(() => "control"),
    estimate: contrasts.map((i) => 0.18 * Math.sin(i * 1.7)),
  }),
};

const fewContrasts = {
  human: table(`
    arm     | estimate | std_error
    letter  | 0.12     | 0.06
    call    | 0.3      | 0.07
    visit   | 0.45     | 0.06
    leaflet | 0.05     | 0.05
    poster  | -0.08    | 0.06`),
  predicted: table(`
    arm     | estimate | std_error
    letter  | 0.2      | 0.04
    call    | 0.5      | 0.04
    visit   | 0.9      | 0.04
    leaflet | 0.15     | 0.04
    poster  | 0.1      | 0.04`),
};

export const effects: Table = table(
  `
  label             | estimate | conf_low | conf_high | notes                          | reason
  ideology left out | 1.21     | 0.98     | 1.44      |                                |
  ideology stated   | 0.52     | 0.29     | 0.75      | left out: control 3 as refused |
  everything stated | NaN      | NaN      | NaN       |                                | every answer was refused
`,
  { ...estimated, arm: "incursion" },
);

const severalArms = table(
  `
  arm     | outcome | estimate | conf_low | conf_high | reason
  threat  | support | 0.31     | 0.12     | 0.5       |
  promise | support | -0.42    | -0.6     | -0.24     |
  threat  | trust   | 0.05     | -0.2     | 0.3       |
  promise | trust   | 0.12     | NaN      | NaN       | everyone in arm promise gives the same answer
`,
  estimated,
);

const calibrated = table(
  `
  estimator    | estimate | conf_low | conf_high | lambda | lambda_reference | n_effective | basis
  greg         | 0.61     | 0.31     | 0.91      | 1      | 1                | 121         | calibrated
  ppi          | 0.58     | 0.3      | 0.86      | 0.81   | 0.81             | 139         | calibrated
  dt           | 0.58     | 0.3      | 0.86      | 0.84   | 0.77             | 140         | calibrated
  dip          | 0.53     | 0.33     | 0.73      | 1      | 1                | 268         | calibrated
  dip_pp       | 0.52     | 0.33     | 0.71      | 0.91   | 0.91             | 297         | calibrated
  dt_dip       | 0.52     | 0.33     | 0.71      | 0.95   | 0.88             | 299         | calibrated
  humans_alone | 0.71     | 0.32     | 1.1       | 0      | 0                | 80          | human
`,
  { ...estimated, arm: "letter", n_human: 80 },
);

export const calibratedArms = table(
  `
  arm    | estimator    | estimate | conf_low | conf_high | lambda | lambda_reference | n_effective | basis      | reason
  call   | greg         | 0.22     | -0.41    | 0.85      | 1      | 1                | 31          | calibrated |
  call   | dt           | 0.12     | -0.28    | 0.52      | 0.04   | 0                | 80          | calibrated |
  call   | humans_alone | 0.12     | -0.28    | 0.52      | 0      | 0                | 80          | human      |
  letter | greg         | NaN      | NaN      | NaN       | 1      | 1                | NaN         | calibrated | everybody gave the same answer
  letter | dt           | 0.94     | 0.61     | 1.27      | 0.71   | 0.12             | 118         | calibrated |
  letter | humans_alone | 0.71     | 0.32     | 1.1       | 0      | 0                | 80          | human      |
`,
  { ...estimated, n_human: 80, notes: "people: left out: control 3 refused" },
);

const calibratedMeans = table(
  `
  arm     | estimator               | estimate | conf_low | conf_high | lambda | n_effective | basis
  control | prediction_powered_mean | 4.12     | 3.91     | 4.33      | 0.74   | 88          | calibrated
  control | humans_alone            | 4.31     | 4.02     | 4.6       | 0      | 40          | human
  letter  | prediction_powered_mean | 4.77     | 4.5      | 5.04      | -0.02  | 39          | calibrated
  letter  | humans_alone            | 4.78     | 4.51     | 5.05      | 0      | 39          | human
`,
  { outcome: "support", conf_level: 0.95, n_human: 40 },
);

const longLabels = table(
  `
  arm                                                            | estimate | conf_low | conf_high | basis
  a threat that is described at rather great length, with names  | 12.1     | -300     | 400       | synthetic
  promise_of_economic_cooperation_and_mutual_recognition         | -1234.5  | -2000    | -1000     | human
  <b>bold</b> & 'quoted'                                         | 820      | 500      | Infinity  | synthetic
`,
  { ...estimated, outcome: "support_for_foreign_policy" },
);

const checked = { arm: "incursion", reference: "exercise", conf_level: 0.95, basis: "synthetic" };

export const drift: Table = table(
  `
  control          | statistic | null_mean | null_high | p_adjusted | conf_low | conf_high | verdict       | reason
  ideology         | 0.31      | 0.06      | 0.11      | 0.0005     | 0.25     | 0.38      | found         |
  news_source      | 0.13      | 0.05      | 0.09      | 0.071      | 0.06     | 0.19      | not found     |
  childhood_garden | 0.05      | 0.06      | 0.11      | 0.71       | 0.02     | 0.12      | within margin |
  worship          | NaN       | NaN       | NaN       | NaN        | NaN      | NaN       | cannot tell   | all answer yes
`,
  { ...checked, margin: 0.15 },
);

const stackedDrift = table(
  `
  label    | arm     | control | statistic | p_adjusted | conf_low | conf_high | verdict     | reason
  left out | threat  | vote    | 0.31      | 0.0005     | 0.25     | 0.38      | found       |
  left out | threat  | paper   | 0.12      | 0.003      | 0.08     | 0.17      | found       |
  stated   | threat  | vote    | 0.05      | 0.71       | 0.02     | 0.12      | not found   |
  stated   | threat  | paper   | 0.03      | 0.9        | 0        | 0.08      | not found   |
  left out | promise | vote    | 0.21      | 0.001      | 0.15     | 0.27      | found       |
  left out | promise | paper   | 0.19      | 0.001      | 0.12     | 0.26      | found       |
  stated   | promise | vote    | 0.07      | 0.4        | 0.02     | 0.12      | not found   |
  stated   | promise | paper   | NaN       | NaN        | NaN      | NaN       | cannot tell | no answers in arm promise
`,
  { ...checked, null_mean: 0.05, null_high: 0.1 },
);

const measuredDrift = table(
  `
  control | measure        | statistic | null_mean | null_high | conf_low | conf_high
  trust   | Wasserstein    | 3         | 0.5       | 1         | 2        | 4
  age     | Wasserstein    | 1.5       | 0.5       | 1         | 1        | 2
  trust   | Jensen-Shannon | 0.02      | 0.001     | 0.004     | 0.01     | 0.04
  age     | Jensen-Shannon | 0.01      | 0.001     | 0.004     | 0.005    | 0.02
`,
  { ...checked, p_adjusted: 0.001, verdict: "found" },
);

const compares = { arm: "threat", reference: "control" };

export const balance: Table = table(
  `
  covariate | level | statistic | null_high | verdict     | reason
  age       |       | 0.24      | 0.2       | found       |
  income    |       | -0.05     | 0.21      | not found   |
  party     | left  | 0.02      | 0.19      | not found   |
  party     | right | -0.08     | 0.19      | not found   |
  region    |       | NaN       | NaN       | cannot tell | every persona has the same region
`,
  compares,
);

const weightedBalance = table(
  `
  label    | covariate | statistic
  before   | age       | 0.34
  before   | income    | -0.25
  before   | party     | 0.08
  weighted | age       | 0.04
  weighted | income    | 0.12
  weighted | party     | 0.01
`,
  { ...compares, level: "" },
);

export const conjoint: Table = table(
  `
  feature        | level                | reference | estimate | std_error | conf_low | conf_high | reason
  education      | none                 | none      | 0        | NaN       | NaN      | NaN       |
  education      | high school          | none      | 0.06     | 0.03      | 0        | 0.12      |
  education      | college              | none      | 0.14     | 0.03      | 0.08     | 0.2       |
  language       | fluent               | fluent    | 0        | NaN       | NaN      | NaN       |
  language       | broken               | fluent    | -0.11    | 0.02      | -0.15    | -0.07     |
  job_experience | none                 | none      | 0        | NaN       | NaN      | NaN       |
  job_experience | more than five years | none      | NaN      | NaN       | NaN      | NaN       | no profile shows it
`,
  { ...estimated, outcome: "chosen", estimator: "amce", basis: "human" },
);

const groupedConjoint = table(
  `
  feature   | level   | group | estimate | conf_low | conf_high
  education | none    | left  | 0.44     | 0.4      | 0.48
  education | college | left  | 0.6      | 0.56     | 0.64
  education | none    | right | 0.47     | 0.43     | 0.51
  education | college | right | 0.52     | 0.48     | 0.56
  language  | fluent  | left  | 0.56     | 0.52     | 0.6
  language  | fluent  | right | 0.61     | 0.57     | 0.65
`,
  { ...estimated, outcome: "chosen", estimator: "marginal_mean", null_value: 0.5 },
);

export const audit: Table = table(
  `
  challenge  | check          | item  | compared             | measure            | statistic | null_mean | null_high
  diversity  | diversity      | trust | respondent v. people | log variance ratio | -0.6      | 0         | 0.3
  diversity  | correct answer | trust | "5"                  | share              | 0.3       | 0.2       | 0.99
  sycophancy | acquiescence   | good  | with 'bad'           | scale points       | 4         | 0         | 0.2
  sycophancy | sycophancy     |       |                      |                    | NaN       | NaN       | NaN
  alienness  | loadings       | ease  | respondent v. people | congruence         | 0.8       | 1         | 0.85
  bias       | subgroups      |       |                      |                    | NaN       | NaN       | NaN
`,
  { conf_level: 0.95, basis: "synthetic" },
).assign(table(`
  p_adjusted | conf_low | conf_high | verdict     | reason
  0.001      | -0.9     | -0.3      | found       |
  0.4        | 0.2      | 0.4       | not found   |
  0.0001     | 3        | 5         | found       |
  NaN        | NaN      | NaN       | cannot tell | needs arms that state an opinion
  0.02       | 0.7      | 0.9       | found       |
  NaN        | NaN      | NaN       | cannot tell | needs groups
`)) as Table;

const many = Array.from({ length: 40 }, (_, i) => i);

export const longAudit: Table = tableOf({
  challenge: many.map((i) => ["diversity", "alienness"][i % 2]),
  check: many.map((i) => ["diversity", "item order"][i % 2]),
  item: many.map((i) => `item ${i}`),
  statistic: many.map((i) => i === 7 ? 0.5 : (i % 10) / 50),
  null_mean: many.map(() => 0),
  null_high: many.map(() => 0.2),
  p_adjusted: many.map((i) => i === 7 ? 0.001 : 1),
  conf_low: many.map(() => NaN),
  conf_high: many.map(() => NaN),
  verdict: many.map((i) => i === 7 ? "found" : "not found"),
});

// Out of order: rows are drawn by κ.
export const bounds: Table = table(
  `
  control     | kappa | bound_low | bound_high | conf_low | conf_high | breakdown_kappa | reason
  news_source | 2     | -0.2      | 2.2        | -0.6     | 2.6       | 1.25            |
  news_source | 0     | 1         | 1          | 0.7      | 1.3       | 1.25            |
  news_source | 1     | 0.4       | 1.6        | 0.1      | 1.9       | 1.25            |
  news_source | 0.5   | 0.7       | 1.3        | 0.4      | 1.6       | 1.25            |
  worship     | 1     | NaN       | NaN        | NaN      | NaN       | NaN             | the control does not vary
`,
  { ...estimated, arm: "threat", estimate: 1 },
);

export const robustness: Table = table(
  `
  benchmark | strength | estimate | conf_low | conf_high
            | 0        | 0.5      | 0.3      | 0.7
  ideology  | 1        | 0.3      | 0.1      | 0.5
  ideology  | 2        | 0.1      | -0.2     | 0.4
`,
  { ...estimated, arm: "threat", robustness_value: 0.139, robustness_value_alpha: 0.076, q: 1 },
);

export const coverage: Table = table(
  `
  label    | diagnosand | value | conf_low | conf_high | nominal | reason
  base     | bias       | 0.6   | 0.5      | 0.7       | 0       |
  base     | coverage   | 0.1   | 0.05     | 0.2       | 0.95    |
  repaired | coverage   | 0.94  | 0.9      | 0.97      | 0.95    |
  starved  | coverage   | NaN   | NaN      | NaN       | 0.95    | 200 estimates have no such value
`,
  { conf_level: 0.99, n: 200 },
);

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

const repaired = { ...compares, null_mean: 0.05, null_high: 0.1 };

export const repair: { iterations: Table; drift: Table; effects: Table } = {
  iterations: table(`
    label           | added | verdict
    base persona    |       | found
    with age        | age   | found
    with age, party | party | not found
  `),
  drift: table(
    `
    label           | role  | control | statistic | p_adjusted | conf_low | conf_high | verdict     | reason
    base persona    | steer | paper   | 0.3       | 0.001      | 0.2      | 0.4       | found       |
    base persona    | judge | church  | 0.2       | 0.001      | 0.1      | 0.3       | found       |
    base persona    | steer | vote    | 0.22      | 0.001      | 0.12     | 0.32      | found       |
    with age        | steer | paper   | 0.25      | 0.001      | 0.15     | 0.35      | found       |
    with age        | judge | church  | 0.22      | 0.001      | 0.12     | 0.32      | found       |
    with age        | steer | vote    | 0.12      | 0.04       | 0.02     | 0.22      | found       |
    with age, party | steer | paper   | 0.05      | 0.6        | 0        | 0.15      | not found   |
    with age, party | judge | church  | NaN       | NaN        | NaN      | NaN       | cannot tell | all answer yes
    with age, party | steer | vote    | 0.04      | 0.8        | 0        | 0.14      | not found   |
  `,
    { ...repaired, margin: 0.1 },
  ),
  effects: table(
    `
    label           | estimate | conf_low | conf_high | widened_low | widened_high | breakdown_kappa
    base persona    | 1.2      | 0.9      | 1.5       | 0.1         | 2.3          | 1.13
    with age        | 1.1      | 0.8      | 1.4       | 0.2         | 2            | 1.33
    with age, party | 0.5      | 0.2      | 0.8       | -0.1        | 1.1          | 0.67
  `,
    { ...estimated, arm: "threat", kappa: 1 },
  ),
};

/** The same, once all controls are shown to drift by less than the margin. */
const succeeded = {
  ...repair,
  iterations: repair.iterations.derive({ verdict: "d => d.added === 'party' ? 'within margin' : d.verdict" }),
  drift: repair.drift.derive({
    verdict: "d => d.label === 'with age, party' ? 'within margin' : d.verdict",
    statistic: "d => d.label === 'with age, party' ? 0.02 : d.statistic",
    conf_low: "d => d.label === 'with age, party' ? 0 : d.conf_low",
    conf_high: "d => d.label === 'with age, party' ? 0.07 : d.conf_high",
    p_adjusted: "d => d.label === 'with age, party' ? 0.6 : d.p_adjusted",
    reason: () => "",
  }),
};

const compared = {
  repairs: table(`
    label     | verdict
    blind     | found
    unblinded | within margin
  `),
  drift: table(
    `
    label     | control | statistic | p_adjusted | conf_low | conf_high | verdict
    blind     | paper   | 0.3       | 0.001      | 0.2      | 0.4       | found
    blind     | vote    | 0.22      | 0.001      | 0.12     | 0.32      | found
    unblinded | paper   | 0.05      | 0.6        | 0        | 0.12      | within margin
    unblinded | vote    | 0.04      | 0.8        | 0        | 0.11      | within margin
  `,
    { ...repaired, margin: 0.15 },
  ),
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
  n: [50, 100, 200, 400],
  replicates: [1, 3, 10],
  reply_icc: 0.5,
});

export const stability: Table = table(
  `
  outcome          | arm     | reference | turn | estimate | conf_low | conf_high | verdict   | estimator
  stability        | threat  |           | 0    | 0.9      | 0.85     | 0.95      |           |
  stability        | threat  |           | 2    | 0.5      | 0.45     | 0.55      |           |
  stability        | threat  |           | 8    | 0.2      | 0.15     | 0.25      |           |
  stability        | control |           | 0    | 0.92     | 0.87     | 0.97      |           |
  stability        | control |           | 2    | 0.8      | 0.75     | 0.85      |           |
  stability        | control |           | 8    | 0.7      | 0.65     | 0.75      |           |
  no-persona level | threat  |           | NaN  | 0.1      | 0.05     | 0.15      |           | mean agreement of answers
  no-persona level | control |           | NaN  | 0.1      | 0.05     | 0.15      |           | mean agreement of answers
  half-life        | threat  |           | NaN  | 2        | 1.6      | 2.9       | found     |
  half-life        | control |           | NaN  | Infinity | NaN      | NaN       | not found |
  stability        | threat  | control   | 2    | -0.3     | -0.4     | -0.2      | found     |
  decay rate       | threat  | control   | NaN  | 0.3      | -0.1     | 0.7       | not found |
`,
  { conf_level: 0.95, basis: "synthetic" },
);

const stabilityAlone = table(
  `
  turn | estimate
  1    | 0.9
  2    | 0.86
  3    | NaN
`,
  { outcome: "stability", arm: "one arm with a rather long name", conf_low: NaN, conf_high: NaN },
);

/** A world whose stimuli are the levels of factors. */
const factorial = declareWorld({
  name: "factorial",
  seed: 1,
  attributes: { ideology: { levels: { left: {}, right: {} } } },
  factors: {
    tone: { calm: ["calm words"], angry: ["angry words"] },
    sender: { mayor: ["mayor"], police: ["police"] },
  },
  exposure: { "tone.angry": { ideology: { right: 0.8 } } },
  items: {
    support: {
      kind: "yesNo",
      effects: { ideology: { right: 1 }, tone: { angry: -0.5 }, sender: { police: 0.3 } },
      interactions: [{ where: { tone: "angry", sender: "police" }, effect: -0.4 }],
    },
    worship: { kind: "yesNo", effects: { ideology: { right: 0.7 } } },
  },
});

/** Answers with so many of each arm, status and detail. */
function statuses(counts: string): Table {
  const rows = counts.trim().split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return tableOf(
    rows.flatMap(([arm, status, status_detail, count]) =>
      Array.from(
        { length: Number(count) },
        () => ({ arm, item: "support", value: null, status, status_detail }),
      )
    ),
  );
}

export const missing: Table = statuses(`
  control | answered |         | 476
  control | refused  | words   | 9
  control | unparsed |         | 12
  control | empty    |         | 3
  threat  | answered |         | 420
  threat  | refused  | filter  | 21
  threat  | refused  | field   | 14
  threat  | refused  | words   | 25
  threat  | unparsed |         | 8
  threat  | truncated | thought | 6
  threat  | truncated | answer  | 4
  threat  | failed   | context | 2
`);

const missingInArms: Table = statuses(`
  promise of a long and costly peace | answered | | 40
  threat_of_war_with_an_ally | refused | words | 30
  threat_of_war_with_an_ally | empty | thought | 10
  control | answered | | 39
  control | failed | endpoint | 1
`);

const budget = [50, 100, 150, 200, 250, 300, 350, 400, 450];
const mixedPlan = planMixedSubjects({ correlation: 0.75, costPrediction: 0.02, budget, effect: 0.3 });
const mixedPlans = planMixedSubjects({ correlation: [0.75, 0.5], costPrediction: 0.02, budget });
