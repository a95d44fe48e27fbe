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

/** The words of a text in HTML, in linear time: without tags and scripts, entities decoded, blocks on lines of their own. */
export function htmlText(html: unknown): string {
  const bare = textOf(html).replace(/\s+/g, " ").replace(markup, (_, hidden?: string, tag = "") => {
    return hidden === undefined && onOwnLine.test(tag) ? "\n" : /^t[dh]$/i.test(tag) ? " " : "";
  });
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

/** The scale that options are, with the values that the data have; undefined where they are no scale. */
function scaleOf(
  question: QualtricsNode,
  options: readonly QualtricsOption[],
  order: OptionOrder,
): LikertOptions | undefined {
  const isRow = (values: readonly number[]) =>
    values.length > 2 &&
    values.every((value, at) => value === values[0]! + at * Math.sign(values[1]! - values[0]!));
  // Where the options are numbers, these are the points.
  const shown = options.map((option) => Number(/^-?\d{1,3}(?![\d.,%])/.exec(option.text)?.[0] ?? NaN));
  const values = isRow(shown) ? shown : options.map(({ value }) => value);
  const { XScale, YScale } = nodeOf(nodeOf(question.Configuration).Autoscale);
  const isNamed = [XScale, YScale].some((scale) => nodeOf(scale).Type === "likert");
  const ends = [options[0], options.at(-1)].map((end) => end?.text ?? "");
  const isGraded = ends.every((end) => degree.test(end) && !noDegree.test(end));
  if (!isRow(values) || !(isRow(shown) || isNamed || isGraded)) return undefined;
  const bare = options.map((option) =>
    isRow(shown) ? option.text.replace(/^-?\d+[\s\u2013\u2014:.=)-]*/, "") : option.text
  );
  // Of the likelihood to recommend the ends stand apart.
  const named = Object.values(nodeOf(question.ColumnLabels)).map((label) => htmlText(nodeOf(label).Display));
  const labels = bare.some((label) => label !== "") ? bare : named.length === 2 ? named : [];
  const from = Math.min(...values);
  const rising = values[0] === from ? labels : labels.toReversed();
  return { points: values.length, from, labels: rising, order: order === "fixed" ? "fixed" : "reversed" };
}

/** How choices are ordered; undefined where only some are randomised, or some are left out by chance. */
export function orderOf({ Randomization, Choices }: QualtricsNode): OptionOrder | undefined {
  const { Type, TotalRandSubset, Advanced } = nodeOf(Randomization);
  const { RandomizeAll, RandomSubSet, ScaleReversal } = nodeOf(Advanced);
  const isAll = (list: unknown) =>
    isThere(list) && Object.keys(nodeOf(list)).length === Object.keys(nodeOf(Choices)).length;
  if (isThere(TotalRandSubset) || isThere(RandomSubSet)) return undefined;
  if (Type === "All" || isAll(RandomizeAll)) return "shuffled";
  if (Type === "ScaleReversal" || isAll(ScaleReversal)) return "reversed";
  return isThere(RandomizeAll) || isThere(ScaleReversal) ? undefined : "fixed";
}

/** How an item is made, given its name. */
type Make = (name: string) => Item;

/** The items that a question is, by the names that the data have; none where its kind is not understood. */
export function draftItems(question: QualtricsNode, tag: string): (readonly [tag: string, make: Make])[] {
  const { QuestionText, QuestionType, Selector, SubSelector, ChoiceDataExportTags, Configuration } = question;
  const [choices, answers] = [optionsOf(question, "Choice"), optionsOf(question, "Answer")];
  const settings = nodeOf(nodeOf(question.Validation).Settings);
  const order = orderOf(question) ?? "fixed";
  const asked = htmlText(QuestionText);
  const words = choices.map((option) => option.text);
  const one = (wording: string, options: readonly QualtricsOption[], order: OptionOrder): Make => (name) => {
    const scale = scaleOf(question, options, order);
    if (scale !== undefined) return likert(name, wording, scale);
    return choice(name, wording, options.map((option) => option.text), { order });
  };
  const several =
    (wording: string, options: readonly QualtricsOption[], order: OptionOrder): Make => (name) => {
      const { MinChoices, MaxChoices, ForceResponse } = settings;
      const minimum = isThere(MinChoices) ? Number(MinChoices) : ForceResponse === "ON" ? 1 : 0;
      const most = isThere(MaxChoices) ? { maximum: Number(MaxChoices) } : {};
      return multipleChoice(name, wording, options.map((option) => option.text), { order, minimum, ...most });
    };
  const measured = (wording: string, least: unknown, most: unknown, decimals: unknown): Make => (name) => {
    const [minimum, maximum] = [least, most].map((limit) => textOf(limit) === "" ? null : Number(limit));
    return number(name, wording, { minimum: minimum!, maximum: maximum!, whole: textOf(decimals) === "0" });
  };
  const rows = (make: (wording: string) => Make) =>
    choices.map(({ id, text: row }) => {
      const wording = [asked, row].filter((part, at, all) => part !== "" && all.indexOf(part) === at).join(
        "\n",
      );
      return [textOf(nodeOf(ChoiceDataExportTags)[id]) || `${tag}_${id}`, make(wording)] as const;
    });
  const kind = [QuestionType, Selector, SubSelector].map(textOf).join(" ");
  if (/^MC (?:SA(?:VR|HR|COL)|DL|SB|NPS)\b/.test(kind)) return [[tag, one(asked, choices, order)]];
  if (/^MC (?:MA(?:VR|HR|COL)|MSB)\b/.test(kind)) return [[tag, several(asked, choices, order)]];
  if (/^Matrix Likert (?:SingleAnswer|DL|DND)$/.test(kind)) return rows((row) => one(row, answers, "fixed"));
  if (kind === "Matrix Likert MultipleAnswer") return rows((row) => several(row, answers, "fixed"));
  if (/^TE FORM\b/.test(kind)) return rows((row) => (name) => text(name, row));
  if (/^TE (?:SL|ML|ESTB)\b/.test(kind)) {
    const { Min, Max, NumDecimals } = nodeOf(settings.ValidNumber);
    const isNumber = [settings.ContentType, settings.Type].includes("ValidNumber");
    return [[tag, isNumber ? measured(asked, Min, Max, NumDecimals) : (name) => text(name, asked)]];
  }
  if (/^RO\b/.test(kind)) return [[tag, (name) => ranking(name, asked, words, { order })]];
  if (/^CS\b/.test(kind) && isThere(settings.ChoiceTotal)) {
    const total = Number(settings.ChoiceTotal);
    return [[
      tag,
      (name) => allocation(name, asked, words, { order, total, whole: Number.isInteger(total) }),
    ]];
  }
  const { CSSliderMin, CSSliderMax, NumDecimals } = nodeOf(Configuration);
  if (!/^(?:CS|Slider H\w+)\b/.test(kind)) return [];
  const labels = Object.values(nodeOf(question.Labels)).map((label) => htmlText(nodeOf(label).Display)).join(
    ", ",
  );
  const across = labels === "" ? "" : `\nFrom left to right: ${labels}.`;
  return rows((row) => measured(row + across, CSSliderMin ?? 0, CSSliderMax, NumDecimals));
}
