import { checkColumns } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import { escapeHtml } from "../core/format.ts";
import { namesInSession } from "../core/session_rows.ts";
import { distinct, groupRows, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { quietHtml, shortText, View } from "../core/view.ts";

const action = "describe a session";

/** How many sessions stand side by side, and how much of each is shown. */
const [mostSides, mostEntries] = [4, 500];

/**
 * Describes a session as a transcript: who said what to whom, what was asked in private, what came of it.
 *
 * For a notebook (`await show(describeSession(answers, "g1"))`), a report (the `view` of a section) or a terminal. Sessions
 * stand side by side, as do a session's arms, wordings and replicates; what they share from the beginning stands once above.
 * Private answers are set apart, and those on branches. What a `tell` told has no rows: `comparePrompts` shows it.
 *
 * @param answers of a design with a protocol: `session`, `member`, `role`, `kind`, `step`, `round`, `item`, `value`, `status`
 * @param session the session's name, or several; four are shown, of each 500 lines, answers to a step and pay-offs
 * @returns a view to `show`; its `table` has one row per entry: `session`, `arm`, `shared` (with all beside it), `round`,
 * `step`, `kind`, `line`, `name`, `to` (who heard it, or how private it was), `text`, `mark`
 * @throws {RangeError} if a column or a session is missing
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeSession, tableOf } from "@understudy/understudy";
 *
 * const line = { session: "g1", role: "member", kind: "line", step: "say", round: 1, item: "say", status: "answered" };
 * const answers = tableOf([
 *   { ...line, line: 1, member: "p1", value: "Shall we?", heard_by: "p2" },
 *   { ...line, line: 2, member: "p2", value: "No.", heard_by: "p1" },
 * ]);
 * assertEquals(describeSession(answers, "g1").text.split("\n").slice(-2), [
 *   "1 Member 1 → Member 2: Shall we?",
 *   "2 Member 2 → Member 1: No.",
 * ]);
 * ```
 */
export function describeSession(answers: Table, session: string | readonly string[]): View {
  const needed = ["session", "member", "role", "kind", "step", "round", "item", "value", "status"];
  checkColumns(action, answers, needed, "answers");
  const columns = Object.fromEntries(answers.columnNames().map((name) => [name, valuesOf(answers, name)]));
  const cell: Cell = (name, row) => columns[name]?.[row] ?? "";
  const rows = groupRows(Array.from(columns.session!, (name) => String(name ?? "")));
  const asked = distinct([session].flat());
  const unknown = asked.find((name) => name === "" || !rows.has(name));
  if (asked.length === 0 || unknown !== undefined) {
    const near = didYouMean(unknown ?? "", [...rows.keys()].slice(0, 1000));
    throw new RangeError(cannot(action, "session", "name sessions of 'answers'", unknown ?? session) + near);
  }
  const all = asked.flatMap((name) => trialsOf(cell, name, rows.get(name)!));
  const sides = all.slice(0, mostSides).map((side) => ({ ...side, entries: entriesOf(cell, side.rows) }));
  const shared = sharedEntries(sides.map(({ entries }) => entries));
  const above = shared === 0 ? [] : [writePart("Shared by all below", sides[0]!.entries.slice(0, shared))];
  const beside = sides.map(({ title, entries }) => writePart(title, entries.slice(shared)));
  const left = all.length > mostSides ? [`… and ${all.length - mostSides} more`] : [];
  const html = [
    '<div style="max-width:100%;margin:.5em 0;line-height:1.45">',
    ...above.map(({ html }) => html),
    '<div style="display:flex;flex-wrap:wrap;gap:0 1.5em">',
    ...beside.map(({ html }) => `<div style="flex:1 1 17em;min-width:0">${html}</div>`),
    ...["</div>", ...left.map(quietHtml), "</div>"],
  ];
  return new View({
    html: html.join(""),
    text: [...[...above, ...beside].map(({ text }) => text), ...left].join("\n\n"),
    table: tableOfRows(
      sides.flatMap(({ arm, entries, ...side }) =>
        entries.map((entry, at) => ({ ...entry, session: side.session, arm, shared: at < shared }))
      ),
      ["session", "arm", "shared", "round", "step", "kind", "line", "name", "to", "text", "mark"],
    ),
  });
}

type Cell = (name: string, row: number) => unknown;

/** What one member did at once; `to` is who heard it, or how private it was, and `mark` why nothing is there. */
interface Entry extends Record<"step" | "kind" | "line" | "name" | "to" | "text" | "mark", string> {
  readonly round: number;
}

/** Each arm, wording and replicate of a session; what does not differ is not said, but for the arm. */
function trialsOf(cell: Cell, session: string, rows: readonly number[]) {
  const parts = ["arm", "wording", "replicate"];
  // A probe that is asked several times has several replicates in one trial, whose own is the least.
  const keys = cell("trial_id", rows[0]!) === "" ? parts : ["trial_id"];
  const keyOf = (row: number) => JSON.stringify(keys.map((name) => cell(name, row)));
  const trials = [...Map.groupBy(rows, keyOf).values()];
  const valueOf = (name: string, own: readonly number[]) => {
    const values = own.map((row) => cell(name, row));
    return name === "replicate" && values[0] !== "" ? Math.min(...values.map(Number)) : values[0]!;
  };
  return trials.map((rows) => {
    const told = parts.map((name) => {
      const [own, ...others] = distinct([rows, ...trials].map((each) => valueOf(name, each)));
      return own === "" || (name !== "arm" && others.length === 0) ? "" : `, ${name} ${shortText(own)}`;
    });
    const title = `Session ${shortText(session)}${told.join("")}`;
    return { session, arm: cell("arm", rows[0]!), rows, title };
  });
}

function entriesOf(cell: Cell, rows: readonly number[]): Entry[] {
  const names = namesInSession(rows.map((row) => {
    const [member, role, persona_id] = ["member", "role", "persona_id"].map((name) =>
      String(cell(name, row))
    );
    return { member: member!, role: role!, persona_id: persona_id!, seat: Number(cell("seat", row)) };
  }));
  const idsOf = (row: number) => String(cell("heard_by", row)).split(", ").filter((id) => id !== "");
  // Who ever hears: a judge is not among everyone.
  const present = new Set(rows.flatMap(idsOf)).size;
  const entries: Entry[] = [];
  for (const row of rows) {
    const text = (name: string, longest?: number) => shortText(cell(name, row), longest);
    const [kind, line, status, heard] = [text("kind"), text("line"), text("status"), idsOf(row)];
    const isLine = kind === "line";
    const given = text(isLine && status !== "answered" && cell("value", row) === "" ? "raw" : "value", 3000);
    const value = cell("item_kind", row) === "yesNo" ? { 0: "no", 1: "yes" }[given] ?? given : given;
    const isSilent = isLine && value === "" && status === "answered";
    const isAll = heard.length > 1 && heard.length >= present - 1;
    const hearers = isAll ? "everyone" : shortText(heard.map((id) => names.get(id) ?? id), 300);
    const about = line === "" ? "in private" : `about line ${line}, on a branch`;
    const branch = "on a branch that nobody remembers";
    const unheard = { answer: about, probe: branch, payoff: "" }[kind] ?? "→ nobody";
    const to = heard.length > 0 ? `→ ${hearers}` : isSilent ? "" : unheard;
    const said = isLine ? value : `${kind === "payoff" ? "pay-off" : text("item")}: ${value || "–"}`;
    const why = [status, text("reason", 500)].filter((part) => part !== "").join(": ");
    const mark = status !== "answered" ? why : isSilent ? "silent" : "";
    const place = { round: Number(cell("round", row)) || 0, step: text("step"), kind, line };
    const entry = { ...place, name: names.get(String(cell("member", row)))!, to, text: said, mark };
    const last = entries.at(-1);
    // Answers of a member to one step are one entry.
    const [before, now] = [last, entry].map((one) => JSON.stringify({ ...one, text: "" }));
    if (isLine || before !== now) entries.push(entry);
    else entries[entries.length - 1] = { ...entry, text: `${last!.text}; ${said}` };
  }
  return entries;
}

/** How many entries all sides have in common from the beginning. */
function sharedEntries(sides: readonly (readonly Entry[])[]): number {
  const [first, ...others] = sides.map((entries) => entries.map((entry) => JSON.stringify(entry)));
  if (others.length === 0) return 0;
  const parted = first!.findIndex((entry, at) => others.some((other) => other[at] !== entry));
  return parted < 0 ? first!.length : parted;
}

// A colour that a notebook keeps that is not trusted; it takes away borders of the colour of the text.
const barColour = "rgba(128,128,128,.8)";

/** How an entry is set off: by a bar where others hear it, moved in where it is private, in a box on a branch. */
function lookOf({ kind, to }: Entry): string {
  if (kind === "line" || to.startsWith("→")) return `border-left:3px solid ${barColour}`;
  const edge = { "": "border:0", "in private": `border-left:3px dotted ${barColour}` }[to] ??
    `border:1px dashed ${barColour}`;
  return `${edge};margin-left:1.5em`;
}

function writePart(title: string, entries: readonly Entry[]): { html: string; text: string } {
  const parts = entries.slice(0, mostEntries).map((entry, at) => {
    const { round, step, kind, line, name, to, text, mark } = entry;
    const isNew = round !== (entries[at - 1]?.round ?? 0);
    const heading = isNew ? [round === 0 ? "Outside rounds" : `Round ${round}`] : [];
    const said = text === "" ? "" : `<div dir="auto" style="white-space:pre-wrap">${escapeHtml(text)}</div>`;
    const number = kind === "line" && line !== "" ? `${line} ` : "";
    const aside = escapeHtml(`${to} · ${step}`);
    const head = quietHtml(`${escapeHtml(number)}<b>${escapeHtml(name)}</b> ${aside}`);
    const apart = `    ${name} [${step}${to && `, ${to}`}]`;
    const lead = kind === "line" ? `${number}${name} ${to}`.trimEnd() : apart;
    const told = `${text}${text && mark && " "}${mark && `[${mark}]`}`.replaceAll("\n", "\n    ");
    const style = `margin:.4em 0;padding:.1em .6em;overflow-wrap:anywhere;${lookOf(entry)}`;
    return {
      html: heading.map(boldHtml).join("") +
        `<div style="${style}">${head}${said}${mark && boldHtml(mark)}</div>`,
      text: [...heading, `${lead}: ${told}`].join("\n"),
    };
  });
  const rest = entries.length > mostEntries ? [`… and ${entries.length - mostEntries} more entries`] : [];
  return {
    html: boldHtml(title) + parts.map(({ html }) => html).join("") + rest.map(quietHtml).join(""),
    text: [title, "─".repeat(title.length), ...parts.map(({ text }) => text), ...rest].join("\n"),
  };
}

function boldHtml(text: string): string {
  return `<div style="margin:.5em 0 .2em;font-weight:600">${escapeHtml(text)}</div>`;
}
