import { decodeHTML } from "entities";
import type { Item, OptionOrder } from "../core/item.ts";
import { visibleText } from "../core/visible_text.ts";
import { allocation } from "../items/allocation.ts";
import { choice } from "../items/choice.ts";
import { likert, type LikertOptions } from "../items/likert.ts";
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

// What says a degree at both ends of a scale, and what looks so and says none.
const degree =
  /\b(?:strong|strongly|extreme|extremely|very|complete|completely|total|totally|entirely|definitely|absolutely|highly|fully|much|far|not|never|always|none|worst|best|poor|excellent|great|lot|lowest|highest|(?:dis)?agree|(?:un)?likely|(?:dis|un)?satisfied|oppose|support)\b/i;
const noDegree = /don['\u2019]?t know|not (?:sure|applicable)|prefer not|none of|n\/a|no (?:opinion|answer)/i;

/** Whether numbers go up or down by one. */
function isRow([first, second, ...rest]: readonly number[]): boolean {
  const step = second! - first!;
  return rest.length > 0 && Math.abs(step) === 1 &&
    rest.every((value, at) => value === second! + step * (at + 1));
}

/** The scale that options are, with the values that the data have; undefined where they are no scale. */
function scaleOf(question: QualtricsNode, options: readonly QualtricsOption[]): LikertOptions | undefined {
  // Where the options are numbers, these are the points.
  const point = /^-?\d{1,3}(?![\d.,%]|\s*[-\u2013]\s*\d)/;
  const shown = options.map(({ text }) => Number(point.exec(text)?.[0] ?? NaN));
  const values = isRow(shown) ? shown : options.map(({ value }) => value);
  const { XScale, YScale } = nodeOf(nodeOf(question.Configuration).Autoscale);
  const isNamed = [XScale, YScale].some((scale) => nodeOf(scale).Type === "likert");
  const isGraded = [options[0], options.at(-1)].every((end) => {
    return end !== undefined && degree.test(end.text) && !noDegree.test(end.text);
  });
  if (!isRow(values) || !(isRow(shown) || isNamed || isGraded)) return undefined;
  const number = isRow(shown) ? /^-?\d+\s*(?:[\u2013\u2014:.=)-]\s*|$)/ : "";
  const bare = options.map(({ text }) => text.replace(number, ""));
  // Of the likelihood to recommend the ends stand apart.
  const ends = displayed(question.ColumnLabels);
  const labels = bare.some((label) => label !== "") ? bare : ends.length === 2 ? ends : [];
  const from = Math.min(...values);
  return { points: values.length, from, labels: values[0] === from ? labels : labels.toReversed() };
}

/** What a list of labels shows. */
function displayed(labels: unknown): string[] {
  return Object.values(nodeOf(labels)).map((label) => htmlText(nodeOf(label).Display));
}

/** How choices are ordered; undefined where only some are randomised, or some are left out by chance. */
export function orderOf({ Randomization, Choices }: QualtricsNode): OptionOrder | undefined {
  const { Type, TotalRandSubset, Advanced } = nodeOf(Randomization);
  const { RandomizeAll, RandomSubSet, ScaleReversal } = nodeOf(Advanced);
  const count = Object.keys(nodeOf(Choices)).length;
  const isAll = (list: unknown) => isThere(list) && Object.keys(nodeOf(list)).length === count;
  if (isThere(TotalRandSubset) || isThere(RandomSubSet)) return undefined;
  if (Type === "All" || isAll(RandomizeAll)) return "shuffled";
  if (Type === "ScaleReversal" || isAll(ScaleReversal)) return "reversed";
  return isThere(RandomizeAll) || isThere(ScaleReversal) ? undefined : "fixed";
}

/** How an item is made, given its name. */
type Make = (name: string) => Item;

/** The items that a question is, by the names that the data have; none where its kind is not understood. */
export function draftItems(question: QualtricsNode, tag: string): (readonly [tag: string, make: Make])[] {
  const [choices, answers] = [optionsOf(question, "Choice"), optionsOf(question, "Answer")];
  const settings = nodeOf(nodeOf(question.Validation).Settings);
  const { MinChoices, MaxChoices, ForceResponse, ContentType, Type, ValidNumber } = settings;
  const most = isThere(MaxChoices) ? Number(MaxChoices) : undefined;
  const total = isThere(settings.ChoiceTotal) ? Number(settings.ChoiceTotal) : undefined;
  const [order, asked] = [orderOf(question) ?? "fixed", htmlText(question.QuestionText)];
  const words = choices.map((option) => option.text);
  const one = (wording: string, options: readonly QualtricsOption[], order: OptionOrder): Make => (name) => {
    const scale = scaleOf(question, options);
    try {
      if (scale !== undefined) {
        return likert(name, wording, { ...scale, order: order === "fixed" ? order : "reversed" });
      }
    } catch {
      // A label that could be taken for another point: these are options like any.
    }
    return choice(name, wording, options.map((option) => option.text), { order });
  };
  const several = (wording: string, options: readonly string[], order: OptionOrder): Make => (name) => {
    const minimum = isThere(MinChoices) ? Number(MinChoices) : ForceResponse === "ON" ? 1 : 0;
    return multipleChoice(name, wording, options, { order, minimum, maximum: most ?? options.length });
  };
  const measured = (wording: string, least: unknown, most: unknown, decimals: unknown): Make => (name) => {
    const [minimum, maximum] = [least, most].map((limit) => textOf(limit) === "" ? null : Number(limit));
    return number(name, wording, { minimum: minimum!, maximum: maximum!, whole: textOf(decimals) === "0" });
  };
  const rows = (make: (wording: string) => Make) =>
    choices.map(({ id, text: row }) => {
      const wording = [asked, row].filter((part, at) => part !== "" && (at === 0 || part !== asked)).join(
        "\n",
      );
      return [textOf(nodeOf(question.ChoiceDataExportTags)[id]) || `${tag}_${id}`, make(wording)] as const;
    });
  const kind = [question.QuestionType, question.Selector, question.SubSelector].map(textOf).join(" ");
  if (/^MC (?:SA(?:VR|HR|COL)|DL|SB|NPS)\b/.test(kind)) return [[tag, one(asked, choices, order)]];
  if (/^MC (?:MA(?:VR|HR|COL)|MSB)\b/.test(kind)) return [[tag, several(asked, words, order)]];
  if (/^Matrix Likert (?:SingleAnswer|DL|DND)$/.test(kind)) return rows((row) => one(row, answers, "fixed"));
  if (kind === "Matrix Likert MultipleAnswer") {
    return rows((row) => several(row, answers.map((option) => option.text), "fixed"));
  }
  if (/^TE FORM\b/.test(kind)) return rows((row) => (name) => text(name, row));
  if (/^TE (?:SL|ML|ESTB)\b/.test(kind)) {
    const { Min, Max, NumDecimals } = nodeOf(ValidNumber);
    const isNumber = ContentType === "ValidNumber" || Type === "ValidNumber";
    return [[tag, isNumber ? measured(asked, Min, Max, NumDecimals) : (name) => text(name, asked)]];
  }
  if (/^RO\b/.test(kind)) {
    return [[tag, (name) => ranking(name, asked, words, { order, first: most ?? words.length })]];
  }
  if (/^CS\b/.test(kind) && total !== undefined) {
    const shared = { order, total, whole: Number.isInteger(total) };
    return [[tag, (name) => allocation(name, asked, words, shared)]];
  }
  if (!/^(?:CS|Slider H\w+)\b/.test(kind)) return [];
  const { CSSliderMin, CSSliderMax, NumDecimals } = nodeOf(question.Configuration);
  const labels = displayed(question.Labels).join(", ");
  const across = labels === "" ? "" : `\nFrom left to right: ${labels}.`;
  return rows((row) => measured(row + across, CSSliderMin ?? 0, CSSliderMax, NumDecimals));
}
