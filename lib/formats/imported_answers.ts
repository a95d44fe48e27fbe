import { answerColumns, type AnswerStatus, type StatusDetail } from "../core/columns.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { column, rule, type RulesFor } from "../core/options.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
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

/** The cells of another tool's row, by column. */
export type ForeignRow = { readonly [column: string]: unknown };

/** The rows of another tool's table, checked to be one. */
export function cellsOf(action: string, table: Table, needed: RegExp, what: string): ForeignRow[] {
  const names = table.columnNames();
  if (!names.some((name) => needed.test(name))) {
    throw new RangeError(
      `Cannot ${action} as the file must be ${what}: its columns are ${names.join(", ").slice(0, 300)}`,
    );
  }
  const columns = names.map((name) => [name, columnOf(table, name)] as const);
  return Array.from(
    { length: table.numRows() },
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row] ?? null])),
  );
}

/** What another tool keeps of one reply. */
export interface ImportedReply {
  /** The text: `null` where there was no reply, `undefined` where it is not known. */
  readonly raw: string | null | undefined;
  /** The part of it that holds the answer; left out where that is all. */
  readonly answerText?: string | null | undefined;
  /** What the tool read in it; `null` for nothing. */
  readonly value: unknown;
  /** Why it read nothing, or there was no reply. */
  readonly reason: string;
  /** Whether the reply was cut at a limit. */
  readonly cut?: boolean;
  /** Whether it answers an open question. */
  readonly open: boolean;
}

interface ImportedAnswer {
  readonly value: unknown;
  readonly status: AnswerStatus;
  readonly status_detail: StatusDetail;
  readonly reason: string;
  readonly raw: string;
}

/** The status of another tool's reply: an empty reply and a refusal are none of its answers, whatever it made of them. */
export function readImported(reply: ImportedReply, item: Item | undefined): ImportedAnswer {
  const { raw, value, reason, cut = false, open } = reply;
  const answer = (status: AnswerStatus, detail: StatusDetail, why: string): ImportedAnswer => ({
    value: status === "answered" ? value : null,
    status,
    status_detail: detail,
    reason: why +
      (status === "answered" || value === null || open ? "" : `; it had been read as ${showValue(value)}`),
    raw: raw ?? "",
  });
  if (raw === null) return answer("failed", "endpoint", reason || "there is no reply");
  if (item !== undefined && raw !== undefined) {
    const read = parseReply([item], {
      text: reply.answerText ?? raw,
      refusal: null,
      finishReason: cut ? "length" : "stop",
      model: "",
      promptTokens: null,
      completionTokens: null,
    })[0]!;
    const { value, status, detail, reason } = read;
    return { value, status, status_detail: detail, reason, raw };
  }
  if (raw?.trim() === "") return answer("empty", "", "the reply is empty");
  const words = normalizeText((raw ?? "").slice(0, 10_000));
  if (open ? refusesOpenly(words) : refuses(words)) return answer("refused", "words", "the reply refuses");
  if (cut) return answer("truncated", "answer", reason || "the reply was cut at a limit");
  if (value === null) return answer("unparsed", "", reason || "no answer was read in the reply");
  return answer("answered", "", "");
}

/** Attributes under their own names, where the answers table has no column of that name. */
export function attributesOf(cells: ForeignRow, prefix: string, without: readonly string[]): ForeignRow {
  const own = Object.entries(cells).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name, name.slice(prefix.length), value] as const)
    .filter(([, short]) => !without.includes(short));
  return Object.fromEntries(
    own.map(([name, short, value]) => [short in answerColumns ? name : short, value]),
  );
}

/** Rows as an answers table: what the other tool does not tell is `null`. */
export function answersOf(rows: readonly ForeignRow[]): Table {
  const empty = Object.fromEntries(Object.keys(answerColumns).map((name) => [name, null]));
  const names = new Set(rows.flatMap((row) => Object.keys(row)).filter((name) => !(name in empty)));
  return tableOf(Object.fromEntries(
    [...names, ...Object.keys(empty)].map((name) => [name, rows.map((row) => row[name] ?? null)]),
  ));
}
