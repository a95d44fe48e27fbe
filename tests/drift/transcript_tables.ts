import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";

/** A study of transcripts that is drawn, not recorded: who forgets when is known. */
export interface TranscriptStudy {
  /** Personas in all. */
  readonly personas: number;
  /** Whether each persona talks in both arms; else half of them in each. */
  readonly within?: boolean;
  /** Per turn the rate at which the persona is forgotten, in each arm. */
  readonly rates: { readonly control: number; readonly threat: number };
  /** Turns with probes, beside turn 0. */
  readonly turns: readonly number[];
  /** The share of answers that are told wrongly whatever is remembered. */
  readonly error?: number;
  /** How many answers without a persona. */
  readonly defaults?: number;
  /** The share of replies that are refused in each arm. */
  readonly refusals?: { readonly control: number; readonly threat: number };
}

const parties = ["left", "centre", "right"];

/**
 * Draws transcripts with two probes that are stated (`party`, `region`) and one that is not (`trust`, 1 to 7), which
 * depends on the persona. What is forgotten at a turn is forgotten for all probes of that turn.
 */
export function drawTranscripts(study: TranscriptStudy, random: RandomStream): Table {
  const rows: { [column: string]: unknown }[] = [];
  for (let reply = 1; reply <= (study.defaults ?? 20); reply++) {
    const answers = answersOf({ party: "none", region: "none", leaning: 2 }, 0, random);
    rows.push(...answers.map((answer) => ({
      persona_id: null,
      arm: null,
      turn: 0,
      kind: "default",
      replicate: reply,
      status: "answered",
      stated: null,
      ...answer,
    })));
  }
  for (let persona = 0; persona < study.personas; persona++) {
    const who = {
      party: parties[random.integer(3)]!,
      region: parties[random.integer(3)]!,
      leaning: 4 + random.integer(4),
    };
    const arms = study.within
      ? ["control", "threat"] as const
      : [persona % 2 ? "threat" : "control"] as const;
    const before = [1, 2].map(() => answersOf(who, study.error ?? 0, random));
    for (const arm of arms) {
      before.forEach((answers, i) =>
        rows.push(...rowsOf(answers, { persona, arm, turn: 0, replicate: i + 1, who }))
      );
      for (const turn of study.turns) {
        const forgets = random.uniform() < 1 - Math.exp(-study.rates[arm] * turn);
        const refuses = random.uniform() < (study.refusals?.[arm] ?? 0);
        const speaker = forgets ? { party: "none", region: "none", leaning: 2 } : who;
        const answers = answersOf(speaker, study.error ?? 0, random)
          .map((answer) => refuses ? { ...answer, value: null, status: "refused" } : answer);
        rows.push(...rowsOf(answers, { persona, arm, turn, replicate: 1, who }));
      }
    }
  }
  const names = [
    "persona_id",
    "arm",
    "turn",
    "kind",
    "replicate",
    "item",
    "value",
    "status",
    "stated",
    "range",
  ];
  return tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
}

type Who = { readonly party: string; readonly region: string; readonly leaning: number };

function answersOf(who: Who, error: number, random: RandomStream) {
  const told = (value: string) => random.uniform() < error ? "wrong" : value;
  const trust = Math.max(1, Math.min(7, who.leaning + random.integer(3) - 1));
  return [
    { item: "party", value: told(who.party) as unknown, range: null as number | null },
    { item: "region", value: told(who.region), range: null },
    { item: "trust", value: trust, range: 6 },
  ];
}

function rowsOf(
  answers: readonly { readonly item: string }[],
  at: { persona: number; arm: string; turn: number; replicate: number; who: Who },
) {
  return answers.map((answer) => ({
    persona_id: at.persona,
    arm: at.arm,
    turn: at.turn,
    kind: "probe",
    replicate: at.replicate,
    status: "answered",
    stated: answer.item === "trust" ? null : at.who[answer.item as "party" | "region"],
    ...answer,
  }));
}

/** A row of an estimates table. */
export type EstimateRow =
  & {
    readonly [
      column in
        | "outcome"
        | "item"
        | "arm"
        | "reference"
        | "verdict"
        | "estimator"
        | "notes"
        | "reason"
        | "design"
    ]: string;
  }
  & {
    readonly [
      column in "turn" | "estimate" | "p_value" | "p_adjusted" | "conf_low" | "conf_high" | "n" | "std_error"
    ]: number;
  };

/** The rows of a table that have these values. */
export function rowsWhere(table: Table, wanted: Partial<EstimateRow>): EstimateRow[] {
  return (table.objects() as EstimateRow[]).filter((row) =>
    Object.entries(wanted).every(([name, value]) => Object.is(row[name as keyof EstimateRow], value))
  );
}

/** The one row of a table that has these values. */
export function rowWhere(table: Table, wanted: Partial<EstimateRow>): EstimateRow {
  const rows = rowsWhere(table, wanted);
  if (rows.length !== 1) throw new Error(`${rows.length} rows with ${JSON.stringify(wanted)}`);
  return rows[0]!;
}
