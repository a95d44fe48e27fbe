import { checkColumns, checkRows } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import { type BasisOptions, basisRules, type ReadOptions, type RulesFor } from "../core/options.ts";
import { noteRowsLeftOut, readStudy, referenceOf, type Study } from "../core/study.ts";
import { distinct, encodeLabels, heldColumns, isMissing, type Table, tableOf } from "../core/table.ts";
import { type PermutationOptions, permutationRules } from "./control_options.ts";

/** What all estimates of drift over a conversation share: who answered in which arm, how chance is drawn, what they rest on. */
export interface ConversationOptions extends PermutationOptions, BasisOptions {}

export const conversationRules = {
  ...permutationRules,
  ...basisRules,
} as const satisfies RulesFor<ConversationOptions>;

export type ConversationSettings = ReadOptions<ConversationOptions, typeof conversationRules>;

/** Each unit in each of its arms: a persona, or a cluster where arms were assigned to clusters. */
export type Cells = ReturnType<typeof layOutCells>["cells"];

export function cellsOfArm({ arm }: Cells, wanted: number): number[] {
  return [...arm.keys()].filter((cell) => arm[cell] === wanted);
}

export interface Spoken {
  readonly cell: number;
  /** Numbers each persona's item in an arm: what is asked again at other turns. */
  readonly place: number;
  readonly turn: number;
  readonly kind: "line" | "probe";
  readonly replicate: number;
  readonly item: string;
  /** `null` where there is no answer. */
  readonly value: unknown;
  /** What the persona's text states of it; `null` where nothing. */
  readonly stated: unknown;
  /** The length of the scale. */
  readonly range: unknown;
  /** The text by which the persona was described; empty where the table does not say. */
  readonly text: string;
}

export type DefaultAnswer = Pick<Spoken, "replicate" | "item" | "value">;

export interface Transcripts {
  readonly cells: Cells;
  readonly spoken: readonly Spoken[];
  readonly defaults: readonly DefaultAnswer[];
  readonly notes: readonly string[];
}

/**
 * Reads the lines and probes of personas, at which turn each was said, and the answers without a persona. What parts
 * without a persona said, and questions that became part of the conversation, are none of these.
 */
export function readTranscripts(action: string, table: Table, settings: ConversationSettings): Transcripts {
  const { persona = "persona_id" } = settings;
  checkColumns(action, table, ["turn", "kind", "item", "value", persona], "answers");
  checkRows(action, table, "answers");
  const columns = heldColumns(table);
  const at = (name: string, row: number): unknown => columns[name]?.[row];
  const answerAt = (name: string, row: number): unknown => isMissing(at(name, row)) ? null : at(name, row);
  const kinds = columns.kind!.map((kind, row) => checkKind(action, kind, row));
  const isPersona = (row: number) => at(persona, row) !== `${at("session", row)}:${at("role", row)}`;
  // How much one wants to speak next is asked before every turn, and no trait.
  const own = [...kinds.keys()].filter((row) =>
    ["line", "probe"].includes(kinds[row]!) && isPersona(row) && at("item", row) !== "desire"
  );
  if (own.length === 0) {
    const rule = "hold lines of personas, or their answers to probes";
    throw new RangeError(cannot(action, "answers", rule, "none"));
  }
  const taken = Object.entries(columns).map(([name, values]) => [name, own.map((row) => values[row])]);
  const study = readStudy(action, tableOf(Object.fromEntries(taken)), {
    ...settings,
    persona,
    compared: distinct(columns.item!) as string[],
  });
  const { cells, cellOf, notes } = layOutCells(study, settings);
  const answer = (row: number): DefaultAnswer => ({
    replicate: Number(at("replicate", row) ?? 1),
    // A line's item is the step in which it was said.
    item: kinds[row] === "line" ? "line" : String(at("item", row)),
    value: (at("status", row) ?? "answered") === "answered" ? answerAt("value", row) : null,
  });
  const places = numberNames(
    own.map((row, i) => JSON.stringify([cellOf[i], at(persona, row), answer(row).item])),
  );
  const spoken = own.flatMap((row, i): Spoken[] =>
    cellOf[i]! < 0 ? [] : [{
      ...answer(row),
      cell: cellOf[i]!,
      place: places[i]!,
      turn: checkTurn(action, at("turn", row), row),
      kind: kinds[row] as Spoken["kind"],
      stated: answerAt("stated", row),
      range: at("range", row),
      text: String(at("persona_text", row) ?? ""),
    }]
  );
  const defaults = [...kinds.keys()].filter((row) => kinds[row] === "default").map(answer);
  return { cells, spoken, defaults, notes };
}

function layOutCells(study: Study, settings: ConversationSettings) {
  const { action, block, cluster, persona, leftOut } = study;
  const arms = study.arm.labels;
  // No reference, -1, where there is a single arm.
  const { reference, notes } = arms.length === 1 && settings.reference === undefined
    ? { reference: -1, notes: [] }
    : referenceOf(study, settings.reference);
  const whose = (cluster ?? persona!).codes;
  const number = (nameOf: (row: number) => unknown) =>
    numberNames(leftOut.map((why, row) => why === undefined ? nameOf(row) : null));
  const unitOf = number((row) => whose[row]);
  const cellOf = number((row) => `${whose[row]} ${study.arm.codes[row]}`);
  const [unit, arm, blocks]: [number[], number[], number[]] = [[], [], []];
  cellOf.forEach((cell, row) => {
    if (study.arm.codes[row]! < 0) {
      throw new RangeError(cannot(action, settings.arm, "name an arm in every row of a persona", null));
    }
    if (cell < 0) return;
    const own = block?.codes[row] ?? 0;
    blocks[cell] ??= own;
    if (blocks[cell] !== own) {
      const rule = "be the same in all rows of a persona (or cluster) in an arm";
      throw new RangeError(cannot(action, "blocks", rule, block!.labels[own]));
    }
    unit[cell] = unitOf[row]!;
    arm[cell] = study.arm.codes[row]!;
  });
  const unitName = cluster === null ? "personas" as const : "clusters" as const;
  // For each cell the number of its unit, its arm (a place in `arms`) and the number of its block.
  const cells = { unit, arm, block: blocks, units: new Set(unit).size, arms, reference, unitName };
  return { cells, cellOf, notes: [...notes, ...noteRowsLeftOut(study)] };
}

/** Numbers names in the order in which they first occur; -1 where there is none. */
function numberNames(names: readonly unknown[]): Int32Array {
  return encodeLabels("number", "names", names).codes;
}

function checkKind(action: string, kind: unknown, row: number): string {
  if (["line", "probe", "default", "answer", "payoff"].includes(kind as string)) return kind as string;
  const rule = "be line, probe, default, answer or payoff";
  throw new RangeError(`${cannot(action, "answers.kind", rule, kind)} (row ${row + 1})`);
}

function checkTurn(action: string, turn: unknown, row: number): number {
  if (typeof turn === "number" && turn >= 0 && Number.isFinite(turn)) return turn;
  throw new RangeError(
    `${cannot(action, "answers.turn", "be a number of at least 0", turn)} (row ${row + 1})`,
  );
}

/** The items to be scored: those asked for, else all that were probed. */
export function pickItems(
  action: string,
  argument: string,
  { spoken }: Transcripts,
  asked: string | readonly string[] | undefined,
): readonly string[] {
  const present = distinct(spoken.flatMap(({ kind, item }) => kind === "probe" ? [item] : []));
  if (present.length === 0) {
    throw new RangeError(cannot(action, "answers", "hold answers to probes", "lines alone"));
  }
  const items = asked === undefined ? present : [asked].flat();
  if (items.length === 0) throw new RangeError(cannot(action, argument, "name at least one probe", items));
  const unknown = items.find((item) => !present.includes(item));
  if (unknown === undefined) return items;
  const are = `the probes are ${present.join(", ")}${didYouMean(unknown, present)}`;
  throw new RangeError(`Cannot ${action} as '${argument}' names '${unknown}': ${are}`);
}

export function turnsOf(spoken: readonly { readonly turn: number }[]): number[] {
  return distinct(spoken.map(({ turn }) => turn)).sort((a, b) => a - b);
}

/** Each persona's own answer before the dialogue, by persona, arm and item: the first where it was asked twice. */
export function ownAnswers(spoken: readonly Spoken[]): Map<number, Spoken> {
  const own = new Map<number, Spoken>();
  for (const answer of spoken) {
    if (answer.kind !== "probe" || answer.turn !== 0) continue;
    const before = own.get(answer.place);
    if (before === undefined || answer.replicate < before.replicate) own.set(answer.place, answer);
  }
  return own;
}

/**
 * How far two answers agree, from 0 to 1: on a scale 1 − |a − b| / range, else 1 where they are the same and 0 where
 * not; `NaN` where one is missing. The deterministic judge of answers to closed questions.
 */
export function agreementOf(answer: unknown, other: unknown, range: unknown): number {
  if (answer === null || other === null) return NaN;
  const [a, b] = [plain(answer), plain(other)];
  if (typeof a === "number" && typeof b === "number" && typeof range === "number" && range > 0) {
    return Math.max(0, 1 - Math.abs(a - b) / range);
  }
  return sameText(a) === sameText(b) ? 1 : 0;
}

/** Yes is 1 and no is 0, as answers to yes-no questions are kept. */
function plain(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}

/** A number and its text are the same answer; a choice of several is the same in any order. */
function sameText(value: unknown): string {
  if (Array.isArray(value)) return canonicalJson([...value].map(String).sort());
  return typeof value === "object" ? canonicalJson(value) : String(value).trim().toLowerCase();
}
