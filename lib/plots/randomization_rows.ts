import { cannot, checkColumns, checkRows, distinct, type Table } from "../core/mod.ts";
import { joinVarying, numbersOf, readTexts, textsOf } from "./figure_text.ts";

/** One randomisation distribution, ready to be drawn. */
export interface RandomizationRow {
  readonly label: string;
  readonly detail: string;
  /** The statistic under each assignment. */
  readonly draws: readonly number[];
  readonly observed: number;
  readonly pValue: number;
  readonly exact: boolean;
  readonly basis: string;
  /** Whether a value is at least as extreme as the observed one. */
  readonly extreme: (value: number) => boolean;
}

/** Reads randomisation distributions, checked: one row for each outcome, arm and statistic. */
export function randomizationRowsOf(action: string, table: Table): RandomizationRow[] {
  checkColumns(action, table, ["term", "statistic", "observed"], "randomizations");
  checkRows(action, table, "randomizations");
  const text = readTexts(table, ["outcome", "term", "test", "alternative", "basis", "label"]);
  const number = {
    statistic: numbersOf(table, "statistic"),
    observed: numbersOf(table, "observed"),
    pValue: numbersOf(table, "p_value"),
  };
  const exact = textsOf(table, "exact");
  const keys = text.term.map((term, row) =>
    [text.label[row], text.outcome[row], term, text.test[row]].join("\n")
  );
  const places = new Map<string, number[]>();
  keys.forEach((key, row) => {
    const list = places.get(key);
    if (list) list.push(row);
    else places.set(key, [row]);
  });
  return [...places.values()].map((rows): RandomizationRow => {
    const [first] = rows as [number];
    const draws = rows.map((row) => number.statistic[row]!).filter(Number.isFinite);
    if (distinct(rows.map((row) => number.observed[row])).length > 1) {
      const rule = "hold one value for each outcome, term and test";
      throw new RangeError(cannot(action, "observed", rule, rows.map((row) => number.observed[row])));
    }
    const details = [text.outcome, text.test, text.basis];
    return {
      label: text.label[first] === "" ? text.term[first]! : text.label[first]!,
      detail: joinVarying(text.label[first] === "" ? details : [text.term, ...details], first),
      draws,
      observed: number.observed[first]!,
      pValue: number.pValue[first]!,
      exact: exact[first] === "true",
      basis: text.basis[first]!,
      extreme: extremeOf(text.alternative[first]!, number.observed[first]!, draws),
    };
  });
}

/** At least as extreme, in the words of `checkSharpNull`; equal up to rounding counts. */
function extremeOf(
  alternative: string,
  observed: number,
  draws: readonly number[],
): (value: number) => boolean {
  const near = 1e-9 * Math.max(Math.abs(observed), ...draws.slice(0, 1000).map(Math.abs));
  const mean = draws.reduce((sum, draw) => sum + draw / draws.length, 0);
  if (alternative === "greater") return (value) => value >= observed - near;
  if (alternative === "less") return (value) => value <= observed + near;
  if (alternative.includes("smaller tail")) {
    return observed >= mean ? (value) => value >= observed - near : (value) => value <= observed + near;
  }
  const centre = alternative.includes("mean") ? mean : 0;
  return (value) => Math.abs(value - centre) >= Math.abs(observed - centre) - near;
}
