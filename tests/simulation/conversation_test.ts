/**
 * Size and coverage of what is estimated from transcripts, by simulation. Short by default; UNDERSTUDY_LONG=1 draws
 * more and prints the rates.
 */
import { assert } from "@std/assert";
import { stream, type Table } from "@understudy/understudy/core";
import {
  estimateConsistency,
  estimateDirection,
  estimateRecall,
  estimateStability,
} from "@understudy/understudy/drift";
import {
  drawTranscripts,
  type EstimateRow,
  rowsWhere,
  rowWhere,
  type TranscriptStudy,
} from "../drift/transcript_tables.ts";
import { assertShare } from "./share_of_studies.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const studies = long ? 1000 : 20;
const fast = { permutations: long ? 199 : 99, bootstraps: long ? 299 : 99 };
const { permutations } = fast;

/** Draws studies and counts in how many each claim holds; prints the rates in the long version. */
function shares(
  name: string,
  study: TranscriptStudy,
  claims: (transcripts: Table, repetition: number) => { readonly [claim: string]: boolean },
): { [claim: string]: number } {
  const counts: { [claim: string]: number } = {};
  for (let repetition = 0; repetition < studies; repetition++) {
    const transcripts = drawTranscripts(study, stream(20261128, name, repetition));
    for (const [claim, holds] of Object.entries(claims(transcripts, repetition))) {
      counts[claim] = (counts[claim] ?? 0) + (holds ? 1 : 0);
    }
  }
  for (const claim of Object.keys(counts)) {
    counts[claim]! /= studies;
    // deno-lint-ignore no-console -- the long version is run to read its numbers
    if (long) console.log(`${name}, ${claim}: ${counts[claim]!.toFixed(4)}`);
  }
  return counts;
}

function covers(row: EstimateRow, truth: number): boolean {
  return row.conf_low <= truth && truth <= row.conf_high;
}

/** Whether a rate is a right coverage: 93 to 97% in the long version. */
function assertCoverage(share: number): void {
  if (long) assert(share >= 0.93 && share <= 0.97, `coverage ${share}`);
  else assertShare(share, 0.95, studies);
}

const turns = [1, 2, 4, 8];
const stated = ["party", "region"];

Deno.test("estimateStability() covers the half-life ln 2 / rate and the stability at each turn", () => {
  const study = { personas: 120, rates: { control: 0.15, threat: 0.15 }, turns, error: 0.05 };
  const found = shares("stability, stated", study, (transcripts, seed) => {
    const table = estimateStability(transcripts, { ...fast, probes: stated, seed });
    const at = (turn: number) =>
      rowWhere(table, { outcome: "stability", arm: "control", reference: "", turn });
    return {
      "half-life": covers(rowWhere(table, { outcome: "half-life", arm: "control" }), Math.LN2 / 0.15),
      "turn 1": covers(at(1), 0.95 * Math.exp(-0.15)),
      "turn 8": covers(at(8), 0.95 * Math.exp(-0.15 * 8)),
    };
  });
  Object.values(found).forEach(assertCoverage);
});

Deno.test("estimateStability() covers the half-life of answers that vary by themselves, with a measured floor", () => {
  const study = { personas: 120, rates: { control: 0.3, threat: 0.3 }, turns, within: true };
  const found = shares("stability, own", study, (transcripts, seed) => {
    const table = estimateStability(transcripts, { ...fast, probes: "trust", seed });
    return {
      "half-life": covers(rowWhere(table, { outcome: "half-life", arm: "threat" }), Math.LN2 / 0.3),
      // Answers without a persona are 1 to 3, those of personas 5.417 on average: 1 − 3.417 / 6.
      "no-persona level": covers(
        rowWhere(table, { outcome: "no-persona level", arm: "control" }),
        1 - (5 + 5 / 12 - 2) / 6,
      ),
      "rate difference": covers(rowWhere(table, { outcome: "decay rate", reference: "control" }), 0),
    };
  });
  Object.values(found).forEach(assertCoverage);
});

Deno.test("estimateStability(floor: fitted) covers the half-life where nobody was asked without a persona", () => {
  const study = { personas: 120, rates: { control: 0.5, threat: 0.5 }, turns, defaults: 0 };
  const found = shares("stability, fitted floor", study, (transcripts, seed) => {
    const table = estimateStability(transcripts, { ...fast, probes: "trust", seed });
    return { "half-life": covers(rowWhere(table, { outcome: "half-life", arm: "threat" }), Math.LN2 / 0.5) };
  });
  Object.values(found).forEach(assertCoverage);
});

Deno.test("estimateStability() and estimateDirection() reject 5% where nothing decays", () => {
  const study = { personas: 60, rates: { control: 0, threat: 0 }, turns, error: 0.1 };
  const found = shares("no decay", study, (transcripts, seed) => {
    const stability = estimateStability(transcripts, { ...fast, seed });
    const direction = estimateDirection(transcripts, { permutations, seed });
    const low = (table: Table, wanted: Partial<EstimateRow>) => rowWhere(table, wanted).p_value <= 0.05;
    const arms = rowsWhere(stability, { reference: "control" });
    return {
      decay: low(stability, { outcome: "decay rate", arm: "control", reference: "" }),
      direction: low(direction, { outcome: "change per turn", arm: "control", reference: "" }),
      "rates of arms": low(stability, { outcome: "decay rate", reference: "control" }),
      "any arm, Holm": !arms.some((row) => row.verdict === "found"),
    };
  });
  assertShare(found.decay!, 0.05, studies);
  assertShare(found.direction!, 0.05, studies);
  assertShare(found["rates of arms"]!, 0.05, studies);
  assert(found["any arm, Holm"]! > 0.85);
});

for (const within of [false, true]) {
  const design = within ? "within" : "between";
  Deno.test(`comparisons of arms reject 5% where both decay alike and refuse unlike, ${design} subjects`, () => {
    const study = {
      personas: 60,
      within,
      rates: { control: 0.2, threat: 0.2 },
      turns,
      error: 0.05,
      refusals: { control: 0.05, threat: 0.2 },
    };
    const found = shares(`same decay, ${design}`, study, (transcripts, seed) => {
      const options = { permutations, seed };
      const low = (table: Table, wanted: Partial<EstimateRow>) =>
        rowWhere(table, { ...wanted, reference: "control" }).p_value <= 0.05;
      const stability = estimateStability(transcripts, { ...options, bootstraps: 0 });
      const direction = estimateDirection(transcripts, options);
      const consistency = estimateConsistency(transcripts, options);
      const recall = estimateRecall(transcripts, options);
      return {
        stability: low(stability, { outcome: "stability", turn: 4 }),
        rate: low(stability, { outcome: "decay rate" }),
        slope: low(direction, { outcome: "change per turn" }),
        recall: low(recall, { outcome: "recall", item: "" }),
        prompt: low(consistency, { outcome: "prompt to line" }),
        lines: low(consistency, { outcome: "line to line" }),
        questions: low(consistency, { outcome: "question and answer" }),
      };
    });
    for (const share of Object.values(found)) assertShare(share, 0.05, studies);
  });
}

Deno.test("intervals of recall, of its difference and of a slope cover", () => {
  const study = { personas: 100, rates: { control: 0.02, threat: 0.1 }, turns: [2, 4, 6], error: 0.03 };
  const share = (rate: number) => 0.97 * Math.exp(-rate * 6);
  const found = shares("recall", study, (transcripts, seed) => {
    const table = estimateRecall(transcripts, { permutations, seed });
    const difference = share(0.1) - share(0.02);
    return {
      "control near 1": covers(
        rowWhere(table, { arm: "control", item: "", outcome: "recall" }),
        share(0.02),
      ),
      "threat, one item": covers(
        rowWhere(table, { arm: "threat", reference: "", item: "party", outcome: "recall" }),
        share(0.1),
      ),
      difference: covers(rowWhere(table, { reference: "control", item: "", outcome: "recall" }), difference),
      change: covers(
        rowWhere(table, { arm: "threat", outcome: "change in recall" }),
        share(0.1) - 0.97,
      ),
    };
  });
  Object.values(found).forEach(assertCoverage);
});
