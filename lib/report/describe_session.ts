import { checkColumns } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import { escapeHtml, formatValue } from "../core/format.ts";
import { readOptions, type RulesFor, whole } from "../core/options.ts";
import { distinct, groupRows, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { quietHtml, View } from "../core/view.ts";
import { visibleText } from "../core/visible_text.ts";

const action = "describe a session";

/** Options of {@linkcode describeSession}. */
export interface DescribeSessionOptions {
  /**
   * How much of each session is shown, in lines, answers to a step, and pay-offs; the rest is counted.
   * @default {400}
   */
  maximumEntries?: number;
}

const rules = { maximumEntries: whole(400, 1, 10_000) } satisfies RulesFor<DescribeSessionOptions>;

/**
 * Describes a session as a transcript: who said what to whom, what was asked in private, what came of it.
 *
 * For a notebook (`await show(describeSession(answers, "g1"))`), a report (the `view` of a section) or a terminal. Sessions
 * stand side by side, and so do a session's arms, wordings and replicates: what all of them share from the beginning stands
 * once above them. Private answers are set apart, and so are those on branches that nobody remembers; what was refused, cut,
 * silent or failed says so. What a `tell` told has no rows and is not here: `comparePrompts` shows it.
 *
 * @param answers of a design with a protocol: `session`, `member`, `role`, `kind`, `step`, `round`, `item`, `value`, `status`
 * @param session the session's name, or several; at most four stand side by side
 * @param options see {@linkcode DescribeSessionOptions}
 * @returns a view to `show`; its `table` has one row per entry: `session`, `arm`, `shared` (with all beside it), `round`,
 * `step`, `kind`, `name`, `to` (who heard it, or how private it was), `text`, `mark`
 * @throws {RangeError} if a column or a session is missing
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { describeSession } from "@understudy/understudy/report";
 *
 * const line = { session: "g1", role: "member", kind: "line", step: "say", round: 1, item: "say", status: "answered" };
 * const { text } = describeSession(
 *   tableOf([
 *     { ...line, member: "p1", value: "Shall we?", heard_by: "p2" },
 *     { ...line, member: "p2", value: "", heard_by: "p1" },
 *   ]),
 *   "g1",
 * );
 * assertEquals(text.split("\n").slice(2), ["Round 1", "Member 1 → Member 2: Shall we?", "Member 2 → Member 1: [silent]"]);
 * ```
 */
export function describeSession(
  answers: Table,
  session: string | readonly string[],
  options: DescribeSessionOptions = {},
): View {
  const { maximumEntries } = readOptions(action, options, rules);
  const needed = ["session", "member", "role", "kind", "step", "round", "item", "value", "status"];
  checkColumns(action, answers, needed, "answers");
  const columns = Object.fromEntries(answers.columnNames().map((name) => [name, valuesOf(answers, name)]));
  const cell: Cell = (name, row) => columns[name]?.[row] ?? null;
  const rows = groupRows(Array.from(columns.session!, (name) => name === null ? null : String(name)));
  const asked = distinct([session].flat().map(String));
  const unknown = asked.find((name) => !rows.has(name));
  if (asked.length === 0 || unknown !== undefined) {
    const known = [...rows.keys()].filter((name) => name !== null).slice(0, 1000);
    const rule = "name sessions of 'answers'";
    throw new RangeError(
      cannot(action, "session", rule, unknown ?? session) + didYouMean(unknown ?? "", known),
    );
  }
  const all = asked.flatMap((name) => trialsOf(cell, name, rows.get(name)!));
  const shown = all.slice(0, 4).map((own) => ({ ...own, entries: entriesOf(cell, own.rows) }));
  const shared = sharedEntries(shown.map(({ entries }) => entries));
  const parts = [
    ...(shared === 0 ? [] : [{ title: "Shared by all below", entries: shown[0]!.entries.slice(0, shared) }]),
    ...shown.map(({ title, entries }) => ({ title, entries: entries.slice(shared) })),
  ].map(({ title, entries }) => writePart(title, entries, maximumEntries));
  const rest = all.length > 4 ? `… and ${all.length - 4} more, which are not shown` : "";
  const [above, beside] = shared === 0 ? ["", parts] : [parts[0]!.html, parts.slice(1)];
  const columnsHtml = beside.map(({ html }) => `<div style="flex:1 1 17em;min-width:0">${html}</div>`).join(
    "",
  );
  return new View({
    html: `<div style="max-width:100%;margin:.5em 0;line-height:1.45">${above}` +
      `<div style="display:flex;flex-wrap:wrap;gap:0 1.5em">${columnsHtml}</div>${quietHtml(rest)}</div>`,
    text: [...parts.map(({ text }) => text), rest].join("\n\n").trimEnd(),
    table: tableOfRows(
      shown.flatMap(({ session, arm, entries }) =>
        entries.map((entry, at) => ({ ...entry, session, arm, shared: at < shared }))
      ),
      ["session", "arm", "shared", "round", "step", "kind", "name", "to", "text", "mark"],
    ),
  });
}

type Cell = (name: string, row: number) => unknown;

/** What one member did at once. */
interface Entry {
  readonly round: number;
  readonly step: string;
  readonly kind: string;
  readonly name: string;
  /** Who heard it, or how private it was. */
  readonly to: string;
  readonly text: string;
  /** Why there is no value, or that nothing was said. */
  readonly mark: string;
}

/** Each arm, wording and replicate of a session. */
function trialsOf(cell: Cell, session: string, rows: readonly number[]) {
  const parts = ["arm", "wording", "replicate"] as const;
  const groups = [
    ...groupRows(rows.map((row) => JSON.stringify(parts.map((name) => cell(name, row) ?? "")))),
  ];
  const keys = groups.map(([key]) => JSON.parse(key) as unknown[]);
  return groups.map(([, places], at) => {
    // What does not differ is not said, but for the arm.
    const told = parts.map((name, part) => {
      const isSaid = keys[at]![part] !== "" &&
        (part === 0 || keys.some((key) => key[part] !== keys[at]![part]));
      return isSaid ? `, ${name} ${short(keys[at]![part])}` : "";
    });
    const title = `Session ${short(session)}${told.join("")}`;
    return { rows: places.map((place) => rows[place]!), session, arm: keys[at]![0], title };
  });
}

/** What members are called: as the others call them, by role and seat. */
function namesOf(cell: Cell, rows: readonly number[]): Map<string, string> {
  const seats = new Map<string, { role: string; seat: number }>();
  for (const row of rows) {
    const [member, role] = [String(cell("member", row)), String(cell("role", row) ?? "")];
    const seat = cell("persona_id", row) === cell("member", row) ? Number(cell("seat", row) ?? NaN) : NaN;
    if (!seats.has(member) || seat >= 0) seats.set(member, { role, seat: seat >= 0 ? seat : Infinity });
  }
  const order = [...seats].sort(([, a], [, b]) => a.seat === b.seat ? 0 : a.seat - b.seat);
  const alike = groupRows(order.map(([, { role }]) => role));
  return new Map(order.map(([member, { role }], at) => {
    const own = alike.get(role)!;
    const name = short(role === "" ? member : role[0]!.toUpperCase() + role.slice(1), 60);
    return [member, own.length > 1 && role !== "" ? `${name} ${own.indexOf(at) + 1}` : name];
  }));
}

function entriesOf(cell: Cell, rows: readonly number[]): Entry[] {
  const names = namesOf(cell, rows);
  // Who ever speaks or hears: a judge is not among everyone.
  const present = new Set(rows.flatMap((row) => idsOf(cell("heard_by", row))));
  const entries: Entry[] = [];
  let before = "";
  for (const row of rows) {
    const text = (name: string, longest?: number) => short(cell(name, row) ?? "", longest);
    const kind = text("kind");
    const name = names.get(String(cell("member", row)))!;
    const isLine = kind === "line";
    const value = text("value", 3000) || (isLine ? text("raw", 3000) : "");
    const place = { round: Number(cell("round", row)) || 0, step: text("step"), kind, name };
    const to = heardBy(idsOf(cell("heard_by", row)), kind, text("line"), names, present.size);
    const mark = text("status") !== "answered"
      ? [text("status"), text("reason", 500)].filter((part) => part !== "").join(": ")
      : isLine && value === ""
      ? "silent"
      : "";
    const same = JSON.stringify([place, to, mark]);
    const said = isLine ? value : `${kind === "payoff" ? "pay-off" : text("item")}: ${value || "–"}`;
    // Answers of a member to one step are one entry.
    const isMore = same === before && !isLine;
    const last = isMore ? entries.pop()!.text : "";
    entries.push({ ...place, to, text: isMore ? `${last}; ${said}` : said, mark });
    before = same;
  }
  return entries;
}

function idsOf(heard: unknown): string[] {
  return String(heard ?? "").split(", ").filter((id) => id !== "");
}

/** Who heard it, or how private it was. */
function heardBy(
  heard: readonly string[],
  kind: string,
  line: string,
  names: ReadonlyMap<string, string>,
  present: number,
): string {
  if (kind === "payoff") return "";
  if (kind === "probe") return "on a branch that nobody remembers";
  if (kind === "answer" && line !== "") return `about line ${line}, on a branch`;
  if (heard.length === 0) return kind === "line" ? "→ nobody" : "in private";
  if (heard.length > 1 && heard.length >= present - 1) return "→ everyone";
  return `→ ${short(heard.map((id) => names.get(id) ?? id).join(", "), 300)}`;
}

/** How many entries all have in common from the beginning. */
function sharedEntries(sides: readonly (readonly Entry[])[]): number {
  if (sides.length < 2) return 0;
  const [first, ...others] = sides.map((entries) => entries.map((entry) => JSON.stringify(entry)));
  const parted = first!.findIndex((entry, at) => others.some((other) => other[at] !== entry));
  return parted < 0 ? first!.length : parted;
}

/** A text from outside, cut and without what cannot be seen. */
function short(value: unknown, longest = 200): string {
  const text = formatValue(value);
  const cut = visibleText(text.slice(0, longest)).toWellFormed();
  return text.length > longest ? `${cut}… (${text.length - longest} more characters)` : cut;
}

/** How an entry is set off: by a bar where others hear it, moved in where it is private, in a box on a branch. */
function lookOf({ kind, to }: Entry): string {
  if (to.startsWith("→")) return "border-left:3px solid currentColor";
  const look = { payoff: "", answer: "border-left:3px dotted currentColor;" }[kind] ?? "";
  return `${to.includes("branch") ? "border:1px dashed currentColor;" : look}margin-left:1.5em`;
}

function writePart(title: string, entries: readonly Entry[], most: number): { html: string; text: string } {
  const parts = entries.slice(0, most).map((entry, at) => {
    const { round, step, kind, name, to, text, mark } = entry;
    const isNew = round !== (entries[at - 1]?.round ?? 0);
    const heading = isNew ? [round === 0 ? "Outside rounds" : `Round ${round}`] : [];
    const said = text === "" ? "" : `<div dir="auto" style="white-space:pre-wrap">${escapeHtml(text)}</div>`;
    const head = quietHtml(`<b>${escapeHtml(name)}</b> ${escapeHtml(`${to} · ${step}`)}`);
    const why = mark === "" ? "" : boldHtml(mark);
    return {
      html: heading.map(boldHtml).join("") +
        `<div style="margin:.4em 0;padding:.1em .6em;overflow-wrap:anywhere;` +
        `${lookOf(entry)}">${head}${said}${why}</div>`,
      text: [
        ...heading,
        `${kind === "line" ? `${name} ${to}` : `    ${name} [${step}${to && `, ${to}`}]`}: ` +
        `${text}${text && mark && " "}${mark && `[${mark}]`}`.replaceAll("\n", "\n    "),
      ].join("\n"),
    };
  });
  const rest = entries.length > most ? [`… and ${entries.length - most} more entries`] : [];
  return {
    html: boldHtml(title) + parts.map(({ html }) => html).join("") + rest.map(quietHtml).join(""),
    text: [title, "─".repeat(title.length), ...parts.map(({ text }) => text), ...rest].join("\n"),
  };
}

function boldHtml(text: string): string {
  return `<div style="margin:.5em 0 .2em;font-weight:600">${escapeHtml(text)}</div>`;
}
