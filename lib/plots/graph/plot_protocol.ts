import { cannot } from "../../core/errors.ts";
import type { Design } from "../../core/experiment.ts";
import { readOptions } from "../../core/options.ts";
import type { Protocol } from "../../core/protocol.ts";
import { tableOfRows } from "../../core/table.ts";
import { protocolOf } from "../../prompts/sessions/protocol_of.ts";
import { detailInk, drawCard, drawKey, type KeyItem, type Placed } from "../card.ts";
import { firstFew, joinTexts } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { colours, edge, type Look, looks, series, sizes } from "../palette.ts";
import { dotMark, lineMark, type Mark, rectangleMark, textMark } from "../svg.ts";
import { bottomOf, setText } from "../text_layout.ts";
import { arrowHead } from "./arrows.ts";
import { count, hearingText, roleText, tellSteps, type ToldStep } from "./protocol_steps.ts";

const action = "plot a protocol";

/**
 * Draws a protocol from top to bottom: a line for each role, and on it the steps that it takes.
 *
 * `await show(protocol)` draws it in a notebook and writes it in a terminal. Arrows go to those who hear; dashed ones where
 * a function decides of more than roles. Hollow marks are branches that nobody remembers, the treatment is orange, rounds
 * are frames. Conditions and members that a function chooses are written as in the code.
 *
 * @param protocol from `declareProtocol`, or a design: one without a protocol has that of a subject on its own
 * @param options see {@linkcode FigureOptions}
 * @returns a {@linkcode Figure}; its table has one row per step: `place`, `step`, `kind`, `who`, `heard_by`, `says`, `marks`
 * @throws {TypeError} if it is neither, or an option is unknown
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { plotProtocol } from "@understudy/understudy/plots";
 * import { declareProtocol, say, tell, treatment } from "@understudy/understudy/protocols";
 *
 * const figure = plotProtocol(declareProtocol({ steps: [tell(treatment()), say({ turns: 6 })] }));
 * assertEquals(figure.table.get("says", 0), "subject ← the treatment");
 * ```
 */
export function plotProtocol(protocol: Protocol | Design, options: FigureOptions = {}): Figure {
  const asked = readOptions(action, options, figureRules);
  const isDesign = Object(protocol) === protocol && "treatments" in protocol && "items" in protocol;
  const drawn = isDesign ? protocolOf(protocol) : protocol;
  const rule = "be of declareProtocol or declareDesign";
  if (!isProtocol(drawn)) throw new TypeError(cannot(action, "protocol", rule, protocol));
  const steps = tellSteps(drawn);
  const told = steps.map(({ title, says, marks }) => joinTexts([title, says, ...marks]));
  const roles = Object.entries(drawn.roles);
  const arms = isDesign ? ` Arms: ${protocol.treatments.arms.map(({ name }) => name).join(", ")}.` : "";
  const rows = steps.map(({ step: { name, kind }, title, marks, roles, heardBy, says }) => {
    const [who, heard_by] = [roles, [...heardBy.keys()]].map((some) => some.join(", "));
    return { place: title.split(" ")[0], step: name, kind, who, heard_by, says, marks: marks.join("; ") };
  });
  return drawCard({
    table: tableOfRows(rows, ["place", "step", "kind", "who", "heard_by", "says", "marks"]),
    asked,
    title: `What a session goes through: ${count(roles.length, "role")}, ${count(steps.length, "step")}`,
    subtitle: hearingText(drawn) + arms,
    told: [...roles.map(([name, role]) => `${name}: ${roleText(role)}`), ...told],
    summary: `${firstFew(told, 6)}.`,
  }, (top) => drawProtocol(drawn, steps, top + 10, asked.width));
}

/** Whether something is a protocol. */
export function isProtocol(value: unknown): value is Protocol {
  return ["roles", "hears", "memory", "steps"].every((part) => part in Object(value));
}

// What stands on a lane: by its shape what kind of step, hollow where nobody remembers it.
const shapes = { tell: "square", ask: "diamond", probe: "diamond", say: "circle", play: "triangle" } as const;
const [inset, mostSteps] = [6, 100];

type Lanes = ReturnType<typeof lanesOf>;

function lanesOf(roles: readonly string[], steps: readonly ToldStep[], width: number) {
  const gap = Math.min(34, Math.max(8, (width * 0.28) / roles.length));
  const first = edge + inset * Math.max(0, ...steps.map(({ depth }) => depth)) + 26;
  return {
    at: (role: string) => first + gap * roles.indexOf(role),
    colour: (role: string) => series[1 + roles.indexOf(role) % (series.length - 1)]!.colour,
    /** Where the texts begin. */
    right: first + gap * (roles.length - 1) + 30,
  };
}

function drawProtocol(protocol: Protocol, steps: readonly ToldStep[], top: number, width: number): Placed {
  const roles = Object.keys(protocol.roles);
  const lanes = lanesOf(roles, steps, width);
  const [frames, lines, marks]: [Mark[], Mark[], Mark[]] = [[], [], []];
  const ink = { size: sizes.label, fill: colours.ink } as const;
  let y = top;
  const write = (text: string, style: { bold?: boolean; fill: string; size: number }, depth = 0) => {
    if (text === "") return;
    const place = { x: lanes.right, y, width: width - edge - lanes.right - inset * depth };
    const block = setText(text, place, style, 4);
    marks.push(textMark(block));
    y = bottomOf(block);
  };
  const starts = roles.map((role) => {
    const start = y + 8;
    const said = roleText(protocol.roles[role]!);
    write(role, { ...ink, bold: true, fill: lanes.colour(role) });
    write(said, inkOf(said, detailInk));
    y += 6;
    return start;
  });
  y += 6;
  const open: { depth: number; from: number }[] = [];
  const close = (depth: number) => {
    while (open.length > 0 && open.at(-1)!.depth >= depth) {
      const { depth: own, from } = open.pop()!;
      const [x1, x2] = [edge + inset * own - 6, width - edge - inset * own + 6];
      const fill = { fill: colours.grid, fillOpacity: 0.45, stroke: colours.axis };
      // What is within it is drawn after it.
      frames.unshift(rectangleMark({ x1, x2, y1: from, y2: y }, { rx: 5, ...fill }));
      y += 9;
    }
  };
  for (const told of steps.slice(0, mostSteps)) {
    const { depth, step, says, title } = told;
    close(depth);
    if (step.kind === "rounds") {
      open.push({ depth, from: y });
      y += 7;
    } else marks.push(...stepMarks(told, shapes[step.kind], y + 8, lanes));
    write(title, { ...ink, bold: true }, depth + 1);
    write(says, inkOf(says, ink), depth + 1);
    for (const mark of told.marks) write(mark, inkOf(mark, detailInk), depth + 1);
    y += 9;
  }
  close(0);
  if (steps.length > mostSteps) write(`… and ${steps.length - mostSteps} more steps`, detailInk);
  roles.forEach((role, place) => {
    const [x, start, colour] = [lanes.at(role), starts[place]!, lanes.colour(role)];
    const faint = { stroke: colour, strokeOpacity: 0.35 };
    lines.push(lineMark([[x, start], [lanes.right - 6, start]], faint));
    lines.push(lineMark([[x, start], [x, y]], { ...faint, strokeWidth: 2 }));
    lines.push(dotMark([x, start], { colour, symbol: "circle" }));
  });
  const key = drawKey(keyOf(steps), y + 8, width);
  return { marks: [...frames, ...lines, ...marks, ...key.marks], bottom: key.bottom };
}

/** What reads the treatment is orange: its text, or a function that asks for the arm or a level. */
const inkOf = <Ink extends { fill: string }>(text: string, ink: Ink): Ink =>
  readsTreatment(text) ? { ...ink, fill: looks.departs.colour } : ink;

const readsTreatment = (text: string): boolean =>
  /the treatment|\.arm\b|\.level\(/.test(text.replace(/“[^”]*”/g, ""));

/** What a step draws on the lanes. */
function stepMarks(told: ToldStep, symbol: Look["symbol"], y: number, lanes: Lanes): Mark[] {
  const { step: { kind }, roles, heardBy, says, isBranch } = told;
  const places = roles.map(lanes.at);
  const orange = readsTreatment(says) ? looks.departs.colour : undefined;
  const colour = orange ?? (kind === "tell" || roles.length !== 1 ? colours.ink : lanes.colour(roles[0]!));
  const arrow = (from: number, to: number, style: { strokeDasharray?: string } = {}, head = 7) => {
    const direction = Math.sign(to - from);
    const line = lineMark([[from, y], [to - direction * (head - 1), y]], { stroke: colour, ...style });
    return [line, arrowHead([to - direction, y], direction, head, colour)];
  };
  const heard = [...heardBy].flatMap(([listener, from]) => {
    const to = lanes.at(listener);
    const others = [...from.keys()].filter((role) => role !== listener);
    const nearest = others.toSorted((a, b) => Math.abs(lanes.at(a) - to) - Math.abs(lanes.at(b) - to))[0];
    const ring = dotMark([to, y], { colour, symbol: "circle", hollow: true }, 9.5, { strokeWidth: 1.2 });
    const own = from.has(listener) ? [ring] : [];
    if (nearest === undefined) return own;
    const style = from.get(nearest) === true ? {} : { strokeDasharray: "3 3" };
    if (!roles.includes(listener)) return [...own, ...arrow(lanes.at(nearest), to, style)];
    // Whoever speaks, too, has a mark of its own on the lane, and arrows may meet half-way.
    const far = to - lanes.at(nearest);
    const room = Math.sign(far) * Math.min(own.length > 0 ? 9 : 5, Math.abs(far) / 2 - 4);
    return [...own, ...arrow(lanes.at(nearest), to - room, style, 5)];
  });
  // A branch leaves the lane; that of no persona has none to leave.
  const off = isBranch ? 11 : 0;
  const dots = (isBranch && roles.length === 0 ? [lanes.right - 28] : places).flatMap((x, place) => {
    const own = orange ?? (roles.length === 0 ? colours.ink : lanes.colour(roles[place]!));
    const stem = lineMark([[x, y], [x + off, y]], { stroke: own, strokeDasharray: "2 2" });
    return [...(isBranch ? [stem] : []), dotMark([x + off, y], { colour: own, symbol, hollow: isBranch })];
  });
  return [
    ...(kind === "tell" ? arrow(edge, Math.max(...places) - 4) : []),
    ...(kind === "play" ? [lineMark(places.map((x) => [x, y]), { stroke: colour, strokeWidth: 3 })] : []),
    ...heard,
    ...dots,
  ];
}

function keyOf(steps: readonly ToldStep[]): KeyItem[] {
  const has = (kind: string) => steps.some(({ step, isBranch }) => step.kind === kind && !isBranch);
  const look = (symbol: Look["symbol"], hollow = false): Look => ({ colour: colours.ink, symbol, hollow });
  const isOpen = steps.flatMap(({ heardBy }) => [...heardBy.values()].flatMap((from) => [...from.values()]))
    .includes(null);
  const reads = steps.some(({ says, marks }) => [says, ...marks].some(readsTreatment));
  const items: [isShown: boolean, look: KeyItem["look"], text: string][] = [
    [has("tell"), look("square"), "is told"],
    [has("say"), look("circle"), "says; arrows go to who hears it, a ring to others of the role"],
    [has("ask"), look("diamond"), "is asked"],
    [steps.some((told) => told.isBranch), look("diamond", true), "is asked; nobody remembers it"],
    [has("play"), look("triangle"), "plays"],
    [isOpen, "dashed", "heard where a function says so"],
    [reads, looks.departs, "reads the treatment"],
  ];
  return items.filter(([isShown]) => isShown).map(([, look, text]) => ({ look, text }));
}
