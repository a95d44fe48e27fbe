import type { NumberItem } from "../core/mod.ts";

const times = ["second", "minute", "hour", "day", "week", "month", "year"];
const currencies: readonly (readonly [string, RegExp])[] = [
  ["dollar", /\$|\bdollars?\b|\busd\b/],
  ["euro", /€|\beuros?\b|\beur\b/],
  ["pound", /£|\bpounds?\b|\bgbp\b/],
];
// A question in thousands or cents leaves open whether an answer with a unit is in them too.
const scaled = /\b(?:hundreds?|thousands?|millions?|billions?|k|cents?|pence)\b|000/;

/** The number in a text without its unit, where the question leaves no doubt about the unit; else undefined. */
export function withoutUnit(text: string, item: NumberItem): string | undefined {
  const question = `${item.text} ${item.name.replaceAll("_", " ")}`.normalize("NFKC").toLowerCase();
  if (scaled.test(question)) return undefined;
  return withoutPercent(text, item, question) ?? withoutCurrency(text, question) ??
    withoutTime(text, question) ?? withoutAge(text, question);
}

function withoutPercent(text: string, item: NumberItem, question: string): string | undefined {
  const amount = /^(\S+) ?(?:%|percent|per cent)$/.exec(text)?.[1];
  const inPercent = /%|percent|per cent/.test(question) && !(item.maximum !== null && item.maximum <= 1);
  return inPercent ? amount : undefined;
}

function withoutCurrency(text: string, question: string): string | undefined {
  const [, sign, before, first] = /^(-?)([$€£]) ?(\d\S*)$/.exec(text) ?? [];
  const [, second, after] = /^(\S*\d) ?([$€£]|dollars?|euros?|pounds?|usd|eur|gbp)$/.exec(text) ?? [];
  const unit = before ?? after;
  if (unit === undefined) return undefined;
  const asked = currencies.filter(([, pattern]) => pattern.test(question));
  // A question that names no currency asks for the one in the answer, unless it asks for no money at all.
  const other = asked.some(([, pattern]) => !pattern.test(unit)) ||
    asked.length === 0 &&
      (/\bhow (?:many|old|long|often)\b|%|percent/.test(question) || timesIn(question).length > 0);
  return other ? undefined : before === undefined ? second : `${sign}${first}`;
}

function withoutTime(text: string, question: string): string | undefined {
  const [, amount, unit] = /^(\S+) ([a-z]+?)s?$/.exec(text) ?? [];
  const asked = timesIn(question);
  return asked.length === 1 && asked[0] === unit ? amount : undefined;
}

function withoutAge(text: string, question: string): string | undefined {
  const asked = timesIn(question);
  if (!/\b(?:age|old)\b/.test(question) || asked.some((unit) => unit !== "year")) return undefined;
  return /^(?:i am|i'm) (\d+)$/.exec(text)?.[1] ??
    /^(?:(?:i am|i'm) )?(\d+) years (?:old|of age)$/.exec(text)?.[1];
}

function timesIn(question: string): string[] {
  return times.filter((unit) => new RegExp(`\\b${unit}s?\\b`).test(question));
}
