import { columnOf, distinct, type Table } from "./table.ts";

/** What a table rests on, as the sentence below it wherever it is shown or drawn; empty where that is not said of such. */
export function basisNote(table: Table): string {
  const sentences: { readonly [basis: string]: string } = {
    synthetic: "Synthetic answers alone, not benchmarked against people's: exploratory, no guarantee.",
    calibrated: "Synthetic answers, calibrated with human answers.",
    human: "Human answers.",
  };
  const [known, expected, scores] = ["basis", "estimate", "measure"].map((name) =>
    table.columnNames().includes(name)
  );
  // Scores of agreement with people were held against them already.
  if ((!known && !expected) || (scores && expected)) return "";
  const given = distinct(known ? columnOf(table, "basis") : []).filter(Boolean);
  // A file may hold anything there.
  const present = given.slice(0, 4).map((basis) => String(basis).slice(0, 40));
  if (present.length === 0) return "Basis not stated: whether people or a model answered is unknown.";
  if (present.length === 1) return sentences[present[0]!] ?? `Basis: ${present[0]}.`;
  const alone = present.includes("synthetic")
    ? " Synthetic rows are a model's answers alone: exploratory, no guarantee."
    : "";
  return `Rows differ in what they rest on: ${present.join(", ")}.${alone}`;
}
