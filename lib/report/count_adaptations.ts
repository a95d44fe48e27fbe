import { checkColumns } from "../core/checks.ts";
import { type Table, tableOf } from "../core/table.ts";

/**
 * Counts which texts were adapted for a model: what people read beside what the model reads, for a study's report.
 *
 * A text differs where more than white space does. `unmarked` ones differ and are not said to be adapted.
 *
 * @param adaptations one row per text, as `loadWorkbook` gives them: `human_text`, `llm_text`, `is_adapted`
 * @returns one row per kind of text: `change` (`adapted`; `unadapted`; `unmarked`; `marked, but the same`; `without a human
 * text`, and so not to be compared), `texts` (how many), `shown` (the model's texts, cut, where they are not as they should be)
 * @throws {RangeError} if a column is missing
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { countAdaptations } from "@understudy/understudy/report";
 *
 * const human_text = ["Press next.", "How old are you?", "Thank you."];
 * const llm_text = ["Answer each question.", "How old are you?", "Thanks!"];
 * const counts = countAdaptations(tableOf({ human_text, llm_text, is_adapted: [true, false, false] }));
 * assertEquals(counts.array("texts"), [1, 1, 1, 0, 0]);
 * assertEquals(counts.get("shown", 2), "Thanks!");
 * ```
 */
export function countAdaptations(adaptations: Table): Table {
  checkColumns("count adaptations", adaptations, ["human_text", "llm_text", "is_adapted"], "adaptations");
  const rows = adaptations.objects() as { human_text: unknown; llm_text: unknown; is_adapted: unknown }[];
  const plain = (text: unknown) => String(text ?? "").replace(/\s+/g, " ").trim();
  const kinds = ["adapted", "unadapted", "unmarked", "marked, but the same", "without a human text"];
  const byKind = Map.groupBy(rows, ({ human_text, llm_text, is_adapted }) => {
    if (plain(human_text) === "") return kinds[4];
    const isSame = plain(human_text) === plain(llm_text);
    return kinds[is_adapted === true ? (isSame ? 3 : 0) : (isSame ? 1 : 2)];
  });
  const short = (text: string) => text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
  return tableOf(kinds.map((change, at) => {
    const own = byKind.get(change) ?? [];
    const wrong = at === 2 || at === 3 ? own.map(({ llm_text }) => short(plain(llm_text))) : [];
    return { change, texts: own.length, shown: wrong.join("; ") };
  }));
}
