// @ts-types="@types/d3-force"
import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { checkColumns, checkOneOf, checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { outcomeRules, readOptions, rule, type RulesFor } from "../../core/options.ts";
import { namesInSession } from "../../core/session_rows.ts";
import { distinct, type Table, tableOfRows } from "../../core/table.ts";
import { detailInk, drawCard, drawKey, type Placed } from "../card.ts";
import { checkDrawn, drawnRows, joinTexts } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { writeShort } from "../numbers.ts";
import { colours, edge, sizes } from "../palette.ts";
import { dotMark, lineMark, type Mark, type Point, textMark } from "../svg.ts";
import { bottomOf, setText, type TextBlock, widthOf } from "../text_layout.ts";

/** Options of {@linkcode plotNetwork}. */
export interface PlotNetworkOptions extends FigureOptions {
  /** The item that colours the members: one that is answered with numbers, or `payoff`. */
  outcome: string;
  /**
   * The session that is drawn.
   * @default {undefined} the first of the table
   */
  session?: string;
  /**
   * Who hears each other: one row per edge, `from` and `to`.
   * @default {undefined} who heard a line of whom
   */
  edges?: Table;
}

const action = "plot a network";
const rules = {
  ...figureRules,
  outcome: outcomeRules.outcome,
  session: rule<string, undefined>(checkText, undefined),
  edges: rule<Table, undefined>((_, name, edges) => {
    checkColumns(action, edges as Table, ["from", "to"], name);
  }, undefined),
} as const satisfies RulesFor<PlotNetworkOptions>;
const texts = ["session", "member", "role", "item", "kind", "heard_by"] as const;
const most = { members: 200, onCircle: 10, withValues: 40 };

/** A member with its answers in the order of time, and whom it hears; called as in a transcript. */
type NetworkMember = Record<"member" | "name" | "role", string> & { values: number[]; hears: Set<string> };

/**
 * Draws a session as a network: members by their role, lines between those who hear each other, an arrow where only one
 * does; the darker a member, the higher its answer. Where members answered several times, their first answers stand beside
 * their last. Answers to probes count where there are no others.
 *
 * @param answers of `runExperiment`: `session`, `member`, `role`, `item`, `value`, `kind`, `heard_by`
 * @param options see {@linkcode PlotNetworkOptions}
 * @returns a {@linkcode Figure}; its table has one row per member: `member`, `name`, `role`, `first`, `last`, `hears`
 * @throws {RangeError} if there is no such session or no number, or the session has several trials or more than 200 members
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { plotNetwork, tableOf } from "@understudy/understudy";
 *
 * const row = { session: "g1", role: "citizen", kind: "answer", item: "support", heard_by: "" };
 * const answers = tableOf([
 *   { ...row, member: "p1", kind: "line", item: "say", value: "Yes!", heard_by: "p2" },
 *   { ...row, member: "p1", value: 6 },
 *   { ...row, member: "p2", value: 2 },
 * ]);
 * assertEquals(plotNetwork(answers, { outcome: "support" }).table.get("hears", 1), "p1");
 * ```
 */
export function plotNetwork(answers: Table, options: PlotNetworkOptions): Figure {
  const { outcome, session, edges, ...asked } = readOptions(action, options, rules);
  checkDrawn(action, { answers }, { columns: [...texts, "value"], from: "answers of runExperiment" });
  const all = drawnRows(answers, ["trial_id", "arm", "persona_id", ...texts], ["value", "seat"]);
  const drawn = session ?? all[0]!.session;
  checkOneOf<unknown>(action, "session", drawn, distinct(all.map((row) => row.session)));
  const rows = all.filter((row) => row.session === drawn && row.member !== "");
  const [trial, other] = distinct(rows.map(({ trial_id }) => trial_id));
  const once = `be walked once: answers.filter("d => d.trial_id === '${trial}'")`;
  if (other !== undefined) {
    throw new RangeError(cannot(action, "session", once, `trials ${trial}, ${other}, …`));
  }
  const isProbed = rows.every(({ item, kind }) => item !== outcome || kind === "probe");
  const names = namesInSession(rows);
  const members = new Map<string, NetworkMember>();
  for (const { member, role, item, kind, value } of rows) {
    const one = { member, name: names.get(member)!, role, values: [], hears: new Set<string>() };
    const isCounted = item === outcome && (isProbed || kind !== "probe") && Number.isFinite(value);
    members.getOrInsert(member, one).values.push(...isCounted ? [value] : []);
  }
  const pairs = edges === undefined
    ? rows.flatMap((row) => row.kind === "line" ? row.heard_by.split(", ").map((to) => [row.member, to]) : [])
    : drawnRows(edges, ["from", "to"], []).flatMap(({ from, to }) => [[from, to], [to, from]]);
  for (const [from, to] of pairs) if (members.has(from!) && from !== to) members.get(to!)?.hears.add(from!);
  const shown = [...members.values()];
  const few = `have at most ${most.members} members`;
  if (shown.length > most.members) throw new RangeError(cannot(action, "session", few, shown.length));
  const said = shown.filter(({ values }) => values.length > 0);
  const answered = "be answered with numbers in this session";
  if (said.length === 0) throw new RangeError(cannot(action, "outcome", answered, outcome));
  const table = shown.map(({ values, hears, ...one }) => {
    return { ...one, first: values[0] ?? NaN, last: values.at(-1) ?? NaN, hears: [...hears].join(", ") };
  });
  const arms = distinct(rows.map(({ arm }) => arm)).filter((arm) => arm !== "").join(", ");
  const card = {
    table: tableOfRows(table, ["member", "name", "role", "first", "last", "hears"]),
    asked,
    title: `Who hears whom, and what each answered to ${outcome}`,
    subtitle: joinTexts([`Session ${drawn}`, arms && `arm ${arms}`, `${shown.length} members`]),
    notes: ["A line joins two who hear each other; an arrow goes to the one who hears."],
    told: said.map(({ name, values }) =>
      `${name} ${distinct(values).map((one) => writeShort(one)).join(", ")}`
    ),
  };
  return drawCard(card, (top) => drawPanels(shown, top + 6, asked.width));
}

/** Where members stand, from -1 to 1: few on a circle, many where springs and repulsion bring them. */
function placesOf(members: readonly NetworkMember[]): Point[] {
  const nodes = members.map(({ member }, at) => {
    const angle = (2 * Math.PI * at) / members.length - Math.PI / 2;
    return { member, x: 100 * Math.cos(angle), y: 100 * Math.sin(angle) };
  });
  if (members.length > most.onCircle) {
    const links = members.flatMap((one) => [...one.hears].map((source) => ({ source, target: one.member })));
    forceSimulation(nodes).force("apart", forceManyBody().strength(-120))
      .force("links", forceLink<typeof nodes[0], typeof links[0]>(links).id(({ member }) => member))
      .force("x", forceX().strength(0.06)).force("y", forceY().strength(0.06)).stop().tick(300);
  }
  const [across, down] = (["x", "y"] as const).map((axis) => {
    const at = nodes.map((node) => node[axis]);
    const [low, high] = [Math.min(...at), Math.max(...at)];
    return at.map((place) => high - low < 1e-6 ? 0 : (2 * place - low - high) / (high - low));
  });
  return members.map((_, at) => [across![at]!, down![at]!]);
}

const symbols = ["circle", "square", "diamond", "triangle"] as const;

/** From a tint to the full colour, by a share. */
function shade(share: number): string {
  const parts = [0, 114, 178].map((full) => Math.round(255 + (full - 255) * (0.15 + 0.85 * share)));
  return `rgb(${parts.join(", ")})`;
}

/** Draws the first answers beside the last, or one panel where nobody answered twice. */
function drawPanels(members: readonly NetworkMember[], top: number, width: number): Placed {
  const values = members.flatMap((one) => one.values);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const share = (value: number) => high === low ? 0.5 : (value - low) / (high - low);
  const roles = distinct(members.map(({ role }) => role));
  const symbolOf = (role: string) => symbols[roles.indexOf(role) % symbols.length]!;
  const radius = members.length <= most.onCircle ? 15 : members.length <= most.withValues ? 11 : 5;
  const moments = members.some((one) => one.values.length > 1) ? [0, -1] : [-1];
  const across = (width - 2 * edge) / (width < 540 ? 1 : moments.length);
  const height = Math.min(across, 320);
  const places = placesOf(members);
  let bottom = top;
  const marks = moments.flatMap((moment, panel) => {
    const left = edge + (width < 540 ? 0 : panel * across);
    const y = width < 540 ? bottom : top;
    bottom = y + height + 8;
    const [w, h] = [across / 2, height / 2];
    const at = places.map(([dx, dy]): Point => [left + w + dx * (w - 44), y + h + dy * (h - 40)]);
    const heading = moments.length === 1 ? "" : moment === 0 ? "First answers" : "Last answers";
    const texts = [setText(heading, { x: left, y, width: across }, { ...detailInk, bold: true }, 1)];
    const dots = members.map(({ role, values }, place) => {
      const [[x, y], value] = [at[place]!, values.at(moment)];
      const fill = value === undefined ? colours.card : shade(share(value));
      const isDark = value !== undefined && share(value) > 0.85;
      const ink = { size: sizes.detail, fill: isDark ? colours.card : colours.ink };
      const said = radius < 10 || value === undefined ? [] : [writeShort(value, 2)];
      texts.push({ ...ink, anchor: "middle", lines: said, x, y: y - sizes.detail * 0.65 });
      const style = { stroke: colours.quiet, fill, ...value === undefined && { strokeDasharray: "3 2" } };
      return dotMark([x, y], { colour: colours.ink, symbol: symbolOf(role) }, radius, style);
    });
    const label = { ...detailInk, anchor: "middle", halo: true } as const;
    for (const [place, [x, y]] of radius < 15 ? [] : at.entries()) {
      texts.push(setText(members[place]!.name, { x, y: y + radius + 2, width: 84 }, label, 1));
    }
    return [...edgeMarks(members, at, radius), ...dots, ...apart(texts).map(textMark)];
  });
  const numbers = distinct([low, (low + high) / 2, high]).map((value) => {
    return { look: { colour: shade(share(value)), symbol: "circle" as const }, text: writeShort(value) };
  });
  const shapes = roles.map((text) => {
    return { look: { colour: colours.quiet, symbol: symbolOf(text), hollow: true }, text };
  });
  const key = drawKey([...numbers, ...roles.length > 1 ? shapes : []], bottom, width);
  return { marks: [...marks, ...key.marks], bottom: key.bottom };
}

/** Texts that run into none before them. */
function apart(texts: readonly TextBlock[]): TextBlock[] {
  const taken: (readonly number[])[] = [];
  return texts.filter((text) => {
    const x1 = text.x - (text.anchor === "middle" ? widthOf(text) / 2 : 0);
    const [x2, y1, y2] = [x1 + widthOf(text), text.y, bottomOf(text)];
    const isFree = text.lines.length > 0 &&
      !taken.some((one) => x1 < one[1]! && one[0]! < x2 && y1 < one[3]! && one[2]! < y2);
    if (isFree) taken.push([x1, x2, y1, y2]);
    return isFree;
  });
}

/** A line for each two of whom one hears the other; where only one does, with a head at that one. */
function edgeMarks(members: readonly NetworkMember[], at: readonly Point[], radius: number): Mark[] {
  const places = new Map(members.map(({ member }, place) => [member, place]));
  const style = { stroke: colours.axis, strokeOpacity: radius < 10 ? 0.35 : 0.7, strokeWidth: 1.5 };
  return members.flatMap(({ member, hears }, place) =>
    [...hears].flatMap((other) => {
      const source = places.get(other)!;
      const [[x1, y1], [x2, y2]] = [at[source]!, at[place]!];
      const line = lineMark([[x1, y1], [x2, y2]], style);
      if (members[source]!.hears.has(member)) return member < other ? [line] : [];
      const angle = Math.atan2(y2 - y1, x2 - x1);
      const tip: Point = [x2 - (radius + 5) * Math.cos(angle), y2 - (radius + 5) * Math.sin(angle)];
      const head = { rotate: (angle * 180) / Math.PI + 90, stroke: "none" };
      return [line, dotMark(tip, { colour: colours.axis, symbol: "triangle" }, 4, head)];
    })
  );
}
