import { decodeHTML } from "entities";
import type { Item, OptionOrder } from "../core/item.ts";
import { visibleText } from "../core/visible_text.ts";
import { allocation } from "../items/allocation.ts";
import { choice } from "../items/choice.ts";
import { likert } from "../items/likert.ts";
import { multipleChoice } from "../items/multiple_choice.ts";
import { number } from "../items/number.ts";
import { ranking } from "../items/ranking.ts";
import { text } from "../items/text.ts";

/** A part of a survey's JSON, of which nothing is known. */
export type QualtricsNode = { readonly [key: string]: unknown };

/** A part that should be an object or a list; an empty one where it is not. */
export function nodeOf(value: unknown): QualtricsNode {
  return typeof value === "object" && value !== null ? value as QualtricsNode : {};
}

/** A text or a number as text; empty where it is neither. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Whether a part of the file says anything. */
export function isThere(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return !["", "0", "false", "no", "none", "off", "null"].includes(String(value ?? "").toLowerCase());
}

// Each alternative takes what it began with up to its end or the text's: no character is looked at twice.
const markup =
  /<!--[^]*?(?:-->|$)|<(script|style)\b[^]*?(?:<\/\1\s*>|$)|<\/?([a-z][a-z0-9:-]*)(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^'">]+)*>?/gi;
const onOwnLine = /^(?:br|p|div|li|tr|[uo]l|h[1-6r])$/i;

/** The longest text that is read, in characters: with more tags a pattern would run out of memory. */
export const longestText = 500_000;

/** The words of a text in HTML, in linear time: without tags and scripts, entities decoded, blocks on lines of their own. */
export function htmlText(html: unknown): string {
  const bare = textOf(html).slice(0, longestText).replace(/\s+/g, " ").replace(
    markup,
    (_, hidden?: string, tag = "") => {
      return hidden === undefined && onOwnLine.test(tag) ? "\n" : /^t[dh]$/i.test(tag) ? " " : "";
    },
  );
  const words = visibleText(decodeHTML(bare)).replace(/[^\S\n]+/g, " ");
  return words.replace(/ ?\n ?/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** A choice, row or column of a question; `value` is the number that the data have, NaN where it is none. */
interface QualtricsOption {
  readonly id: string;
  readonly text: string;
  readonly value: number;
  readonly node: QualtricsNode;
}

/** The choices (of a matrix, its rows) or the answers (its columns), in the order shown. */
export function optionsOf(question: QualtricsNode, of: "Choice" | "Answer"): QualtricsOption[] {
  const [held, recoded] = [nodeOf(question[`${of}s`]), nodeOf(question.RecodeValues)];
  const order = Object.values(nodeOf(question[`${of}Order`])).map(textOf);
  const ids = [...new Set(order.length > 0 ? order : Object.keys(held))].filter((id) =>
    Object.hasOwn(held, id)
  );
  return ids.map((id) => {
    const value = textOf(Object.hasOwn(recoded, id) ? recoded[id] : id);
    const node = nodeOf(held[id]);
    return { id, node, text: htmlText(node.Display), value: /^-?\d{1,3}$/.test(value) ? Number(value) : NaN };
  });
}

/** How choices are ordered; undefined where only some are randomised, or some are left out by chance. */
export function orderOf({ Randomization }: QualtricsNode): OptionOrder | undefined {
  const { Type, TotalRandSubset } = nodeOf(Randomization);
  if (isThere(TotalRandSubset)) return undefined;
  if (!isThere(Type)) return "fixed";
  return Type === "All" ? "shuffled" : Type === "ScaleReversal" ? "reversed" : undefined;
}

/** A question as it is read. */
interface Question {
  readonly node: QualtricsNode;
  readonly settings: QualtricsNode;
  readonly order: OptionOrder;
}

/** How an item is made of a question, or of one of its rows. */
type Make = (name: string, wording: string, options: readonly QualtricsOption[], question: Question) => Item;

const wordsOf = (options: readonly QualtricsOption[]) => options.map(({ text }) => text);
const displayed = (list: unknown) =>
  Object.values(nodeOf(list)).map((label) => htmlText(nodeOf(label).Display));
const numberOf = (value: unknown) => textOf(value) === "" ? null : Number(value);

/** One of several options; of a matrix, or where these are said to be a scale, with the values that the data have. */
const one: Make = (name, wording, options, { node, order }) => {
  const { XScale, YScale } = nodeOf(nodeOf(node.Configuration).Autoscale);
  const isNamed = [XScale, YScale].some((scale) => nodeOf(scale).Type === "likert");
  const isRecommend = node.Selector === "NPS";
  const values = options.map(({ value }) => value);
  const [first, step] = [values[0]!, values[1]! - values[0]!];
  const isRow = Math.abs(step) === 1 && values.every((value, at) => value === first + step * at);
  const isScale = isRow && (isNamed || isRecommend || node.QuestionType === "Matrix");
  const words = isRecommend ? displayed(node.ColumnLabels) : wordsOf(options);
  const labels = step < 0 ? words.toReversed() : words;
  const scale = { points: values.length, from: Math.min(...values), labels };
  try {
    if (isScale) return likert(name, wording, { ...scale, order: order === "fixed" ? order : "reversed" });
  } catch {
    // A label that could be taken for another point: these are options like any.
  }
  return choice(name, wording, wordsOf(options), { order });
};

const several: Make = (name, wording, options, { settings, order }) => {
  const { MinChoices, MaxChoices, ForceResponse } = settings;
  const minimum = isThere(MinChoices) ? Number(MinChoices) : ForceResponse === "ON" ? 1 : 0;
  const maximum = isThere(MaxChoices) ? Number(MaxChoices) : options.length;
  return multipleChoice(name, wording, wordsOf(options), { order, minimum, maximum });
};

const entry: Make = (name, wording, _, { settings: { ContentType, Type, ValidNumber } }) => {
  if (ContentType !== "ValidNumber" && Type !== "ValidNumber") return text(name, wording);
  const { Min, Max, NumDecimals } = nodeOf(ValidNumber);
  const limits = { minimum: numberOf(Min), maximum: numberOf(Max) };
  return number(name, wording, { ...limits, whole: textOf(NumDecimals) === "0" });
};

const slider: Make = (name, wording, _, { node }) => {
  const { CSSliderMin, CSSliderMax, NumDecimals } = nodeOf(node.Configuration);
  const labels = displayed(node.Labels).join(", ");
  const across = labels === "" ? "" : `\nFrom left to right: ${labels}.`;
  const limits = { minimum: numberOf(CSSliderMin ?? 0), maximum: numberOf(CSSliderMax) };
  return number(name, wording + across, { ...limits, whole: textOf(NumDecimals) === "0" });
};

const order: Make = (name, wording, options, { order, settings }) => {
  const first = isThere(settings.MaxChoices) ? Number(settings.MaxChoices) : options.length;
  return ranking(name, wording, wordsOf(options), { order, first });
};

const sum: Make = (name, wording, options, { order, settings }) => {
  const total = Number(settings.ChoiceTotal);
  return allocation(name, wording, wordsOf(options), { order, total, whole: Number.isInteger(total) });
};

/** The kinds of questions by type, selector and subselector; of some each row is an item. */
const kinds: readonly (readonly [kind: RegExp, make: Make, each?: "row"])[] = [
  [/^MC (?:SA(?:VR|HR|COL)|DL|SB|NPS)\b/, one],
  [/^MC (?:MA(?:VR|HR|COL)|MSB)\b/, several],
  [/^Matrix Likert (?:SingleAnswer|DL)$/, one, "row"],
  [/^Matrix Likert MultipleAnswer$/, several, "row"],
  [/^TE (?:SL|ML|ESTB)\b/, entry],
  [/^TE FORM\b/, text, "row"],
  [/^RO\b/, order],
  [/^CS\b/, sum],
  [/^Slider HSLIDER\b/, slider, "row"],
];

/** The items that a question is, by the names that the data have; none where its kind is not understood. */
export function draftItems(node: QualtricsNode, tag: string): [tag: string, make: (name: string) => Item][] {
  const kind = [node.QuestionType, node.Selector, node.SubSelector].map(textOf).join(" ");
  const [, make, each] = kinds.find(([pattern]) => pattern.test(kind)) ?? [];
  if (make === undefined) return [];
  const [choices, answers] = [optionsOf(node, "Choice"), optionsOf(node, "Answer")];
  const [asked, settings] = [htmlText(node.QuestionText), nodeOf(nodeOf(node.Validation).Settings)];
  const question: Question = { node, settings, order: each ? "fixed" : orderOf(node) ?? "fixed" };
  if (each === undefined) return [[tag, (name) => make(name, asked, choices, question)]];
  return choices.map(({ id, text: row }) => {
    const wording = [asked, row === asked ? "" : row].filter((part) => part !== "").join("\n");
    const own = textOf(nodeOf(node.ChoiceDataExportTags)[id]) || `${tag}_${id}`;
    return [own, (name) => make(name, wording, answers, question)];
  });
}
