import { answerColumns, type AnswerStatus, type StatusDetail } from "../core/columns.ts";
import { checkColumns } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { column, rule, type RulesFor } from "../core/options.ts";
import { type Table, tableOf } from "../core/table.ts";
import { parseReply } from "../items/questionnaire.ts";
import { normalizeText, refuses, refusesOpenly } from "../items/words.ts";

/** Options of {@linkcode loadEdsl} and {@linkcode loadInspect}. */
export interface ImportOptions {
  /**
   * The column of arms.
   * @default {undefined} `scenario.arm` or `agent.arm` of EDSL, `metadata_arm` of inspect_ai, where there is one
   */
  arm?: string;
  /**
   * Questions as the toolkit declares them, such as `likert("support", …)`: replies to those named so are read anew, by
   * its own rules, from the text that the model wrote.
   * @default {[]} what the other tool made of the reply, where the reply is one
   */
  items?: readonly Item[];
}

/** Rules of {@linkcode ImportOptions}. */
export const importRules = {
  arm: column,
  items: rule<readonly Item[], readonly Item[]>((action, name, value) => {
    if (Array.isArray(value) && value.every((item) => typeof item?.name === "string")) return;
    throw new TypeError(cannot(action, name, 'be a list of questions such as likert("support", …)', value));
  }, []),
} satisfies RulesFor<ImportOptions>;

/** The cells of a row, by column. */
export type ForeignRow = { readonly [column: string]: unknown };

/** The rows of another tool's table, which has the columns that somebody named. */
export function foreignRows(
  action: string,
  table: Table,
  [needed, what, ...named]: readonly [needed: RegExp, what: string, ...named: (string | undefined)[]],
): ForeignRow[] {
  const names = table.columnNames();
  if (!names.some((name) => needed.test(name))) {
    const found = names.join(", ").slice(0, 300);
    throw new RangeError(`Cannot ${action} as the file must be ${what}: its columns are ${found}`);
  }
  checkColumns(action, table, named.filter((name) => name !== undefined), "file");
  return table.objects() as ForeignRow[];
}

/** What another tool keeps of one reply. */
export interface ImportedReply {
  /** The text: `null` where there was no reply, `undefined` where it is not known. */
  readonly raw: string | null | undefined;
  /** The part of it that holds the answer; left out where that is all. */
  readonly answerText?: string | undefined;
  /** What the tool read in it; `null` for nothing. */
  readonly value: unknown;
  /** Why it read nothing, or there was no reply. */
  readonly reason: string;
  /** Whether the reply was cut at a limit. */
  readonly cut?: boolean;
  /** Whether it answers an open question. */
  readonly open: boolean;
}

/** The answer in another tool's reply: an empty reply and a refusal are none, whatever the tool made of them. */
export function readImported(
  { raw, answerText, value, reason, cut = false, open }: ImportedReply,
  item: Item | undefined,
): ForeignRow {
  if (item !== undefined && typeof raw === "string") {
    const finishReason = cut ? "length" : "stop";
    const counts = { model: "", promptTokens: null, completionTokens: null };
    const reply = { text: answerText ?? raw, refusal: null, finishReason, ...counts } as const;
    const { detail, ...answer } = parseReply([item], reply)[0]!;
    return { ...answer, status_detail: detail, raw };
  }
  const answer = (status: AnswerStatus, status_detail: StatusDetail, why: string): ForeignRow => {
    const hint = open || value === null ? "" : `; it had been read as ${showValue(value)}`;
    return { value: null, status, status_detail, reason: why + hint, raw: raw ?? "" };
  };
  if (raw === null) return answer("failed", "endpoint", reason || "there is no reply");
  if (raw?.trim() === "") return answer("empty", "", "the reply is empty");
  const words = normalizeText((raw ?? "").slice(0, 10_000));
  if (open ? refusesOpenly(words) : refuses(words)) return answer("refused", "words", "the reply refuses");
  if (cut) return answer("truncated", "answer", reason || "the reply was cut at a limit");
  if (value === null) return answer("unparsed", "", reason || "no answer was read in the reply");
  return { value, status: "answered", status_detail: "", reason: "", raw: raw ?? "" };
}

/** Attributes under their own names, where the answers table has no column of that name. */
export function attributesOf(row: ForeignRow, prefix: string, without: readonly string[]): ForeignRow {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      const short = name.slice(prefix.length);
      if (!name.startsWith(prefix) || without.includes(short)) return [];
      return [[short in answerColumns ? name : short, value]];
    }),
  );
}

/** Rows as an answers table: what the other tool does not tell is `null`. */
export function answersOf(rows: readonly ForeignRow[]): Table {
  const names = new Set([...rows.flatMap((row) => Object.keys(row)), ...Object.keys(answerColumns)]);
  const own = [...names].filter((name) => !(name in answerColumns));
  return tableOf(Object.fromEntries(
    [...own, ...Object.keys(answerColumns)].map((name) => [name, rows.map((row) => row[name] ?? null)]),
  ));
}

/** What a single question in a single conversation has. */
export const asked = { wording: 1, turn: 1, attempt: 1 } as const;
