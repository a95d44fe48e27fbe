import { cannot, didYouMean, showValue } from "../../core/errors.ts";

/** A linear hypothesis: the sum of coefficients times weights has a value. */
export interface LinearHypothesis {
  /** The weight of each coefficient, by its term. */
  readonly weights: { readonly [term: string]: number };
  /**
   * The value under the hypothesis.
   * @default {0}
   */
  readonly value?: number;
  /**
   * What the row is called.
   * @default {undefined} the hypothesis written out
   */
  readonly name?: string;
}

type ReadHypothesis = ReturnType<typeof readWeights>;

/** Reads a linear hypothesis, written as text or given as weights. */
export function readHypothesis(
  action: string,
  terms: readonly string[],
  hypothesis: string | LinearHypothesis,
): ReadHypothesis {
  const names = callableNames(terms);
  const read = typeof hypothesis === "string"
    ? parseHypothesis(action, names, terms, hypothesis)
    : readWeights(action, names, terms, hypothesis);
  if (read.weights.every((weight) => weight === 0)) {
    throw new RangeError(cannot(action, "hypotheses", "name a coefficient", read.name));
  }
  return read;
}

/** The names of the coefficients: terms, and values of factors where only one term has them. */
function callableNames(terms: readonly string[]): Map<string, number> {
  const names = new Map<string, number>();
  const twice = new Set<string>();
  terms.forEach((term, at) => {
    const short = term.split(":").map((part) => part.slice(part.lastIndexOf(" = ") + 1).replace(/^= /, ""))
      .join(":");
    if (short === term || terms.includes(short) || /^[\d.]+$/.test(short)) return;
    if (names.has(short)) twice.add(short);
    names.set(short, at);
  });
  for (const name of twice) names.delete(name);
  terms.forEach((term, at) => names.set(term, at));
  return names;
}

function readWeights(
  action: string,
  names: ReadonlyMap<string, number>,
  terms: readonly string[],
  hypothesis: LinearHypothesis,
) {
  const { weights: given, value = 0, name } = hypothesis ?? {};
  if (typeof given !== "object" || given === null) {
    const wrong = cannot(action, "hypotheses", "hold texts, or weights by term", hypothesis);
    throw new TypeError(`${wrong}; for example { weights: { ${showValue(terms.at(-1))}: 1 }, value: 0 }`);
  }
  const weights = terms.map(() => 0);
  for (const [term, weight] of Object.entries(given)) {
    if (!Number.isFinite(weight)) {
      throw new RangeError(cannot(action, `weights.${term}`, "be a finite number", weight));
    }
    const at = names.get(term);
    if (at === undefined) throw unknownTerm(action, terms, term);
    weights[at] = weights[at]! + weight;
  }
  if (!Number.isFinite(value)) throw new RangeError(cannot(action, "value", "be a finite number", value));
  const written = Object.entries(given).map(([term, weight]) => `${weight}*${term}`).join(" + ");
  return { name: name ?? `${written} = ${value}`, weights, value };
}

/** Reads sums of terms on both sides of "=": each has signs, then a name, a number, or a number times a name. */
function parseHypothesis(
  action: string,
  names: ReadonlyMap<string, number>,
  terms: readonly string[],
  text: string,
): ReadHypothesis {
  const weights = terms.map(() => 0);
  // The longest name first, so that "a:b" is not read as "a".
  const known = [...names.keys()].sort((a, b) => b.length - a.length);
  let [rest, value] = [text.trim(), 0];
  const skip = (found: string): string => {
    rest = rest.slice(found.length).trimStart();
    return found;
  };
  const take = (pattern: RegExp) => skip(pattern.exec(rest)?.[0] ?? "");
  const takeName = () => {
    const name = known.find((own) => rest.startsWith(own) && !/^[A-Za-z0-9_:]/.test(rest.slice(own.length)));
    return name === undefined ? undefined : names.get(skip(name))!;
  };
  const readSide = (side: 1 | -1): void => {
    do {
      const sign = take(/^[-+\s]*/).split("-").length % 2 === 1 ? side : -side;
      const direct = takeName();
      const number = direct === undefined ? take(/^\d+(\.\d*)?([eE][-+]?\d+)?/) : "1";
      const times = direct === undefined && number !== "" && take(/^\*/) !== "";
      const at = times ? takeName() : direct;
      if (at !== undefined) weights[at] = weights[at]! + sign * Number(number);
      else if (number !== "" && !times) value -= sign * Number(number);
      else throw rest === "" ? malformed(action, text) : unknownTerm(action, terms, rest);
    } while (/^[-+]/.test(rest));
  };
  readSide(1);
  if (take(/^=/) !== "") readSide(-1);
  if (rest !== "") throw malformed(action, text);
  return { name: text.trim(), weights, value };
}

function unknownTerm(action: string, terms: readonly string[], text: string): RangeError {
  const wrong = cannot(action, "hypotheses", "name terms", text);
  return new RangeError(`${wrong}, the terms are ${terms.join(", ")}${didYouMean(text, terms)}`);
}

function malformed(action: string, text: string): RangeError {
  const wrong = cannot(action, "hypotheses", "read like a sum of terms and a value", text);
  return new RangeError(`${wrong}; for example "2*a - b = 0"`);
}
