import { checkColumns } from "./checks.ts";
import { cannot, didYouMean, showValue } from "./errors.ts";
import type { Study, StudyRequest } from "./study_rows.ts";
import type { Table } from "./table.ts";
import { columnOf, distinct, encodeLabels, groupRows, isTable, takeRows, valuesOf } from "./table.ts";
import { shortText } from "./view.ts";

/** What rows of sessions are, those first that count where an item stands in several; `default` never does. */
const kinds: readonly unknown[] = ["answer", "payoff", "probe", "line"];

/** Whether rows are what happened in sessions; an attribute may be called kind, too. */
export function isOfSessions(table: Table): boolean {
  if (!isTable(table) || !table.columnNames().includes("kind")) return false;
  const isKind = (kind: unknown) => kind === "default" || kinds.includes(kind);
  return Array.prototype.every.call(valuesOf(table, "kind"), isKind);
}

/** The answers and pay-offs of sessions, without lines, probes and answers of no persona; of a table without any, all. */
export function sessionAnswers(table: Table): Table {
  if (!isOfSessions(table)) return table;
  const kind = columnOf(table, "kind");
  const rows = [...kind.keys()].filter((row) => kind[row] === "answer" || kind[row] === "payoff");
  return rows.length === 0 ? table : takeRows(table, rows);
}

/** What the others call the members of a session, by role and seat. */
export function namesInSession(
  rows: readonly (Record<"member" | "role" | "persona_id", string> & { readonly seat: number })[],
): Map<string, string> {
  // Of a judgement the seat is that of whom it is about.
  const seated = rows.filter(({ seat, persona_id, member }) => seat > 0 && persona_id === member);
  const seats = new Map(seated.map(({ member, seat }) => [member, seat]));
  const roles = new Map(rows.map(({ member, role }) => [member, role]));
  const order = [...roles].sort(([a], [b]) => (seats.get(a) ?? 0) - (seats.get(b) ?? 0));
  const alike = groupRows(order.map(([, role]) => role));
  return new Map(order.map(([member, role], at) => {
    const own = alike.get(role)!;
    const name = shortText(role === "" ? member : role[0]!.toUpperCase() + role.slice(1), 60);
    return [member, own.length > 1 ? `${name} ${own.indexOf(at) + 1}` : name];
  }));
}

/** The rows of personas, where there are any: a role that nobody is assigned to has its session's name before its own. */
function ofPersonas(table: Table, rows: readonly number[]): readonly number[] {
  const names = ["persona_id", "session", "member"];
  if (!names.every((name) => table.columnNames().includes(name))) return rows;
  const [persona, session, member] = names.map((name) => valuesOf(table, name));
  const own = rows.filter((row) => persona![row] !== `${session![row]}:${member![row]}`);
  return own.length > 0 ? own : rows;
}

/**
 * Of an item's rows takes those of one kind and one step. Rounds of a step count as replicates, unless one is asked for.
 *
 * @throws {RangeError} if the item was asked in several steps and none is named, or in none of the step or round named
 */
export function takeStep(
  action: string,
  table: Table,
  all: readonly number[],
  { outcome, step, round, argument = "table" }: StudyRequest & { readonly outcome: string },
): { readonly rows: readonly number[]; readonly notes: string[] } {
  const asked = Object.entries({ step, round }).filter(([, value]) => value !== undefined);
  checkColumns(action, table, asked.map(([name]) => name), argument);
  const ofSessions = isOfSessions(table);
  if (asked.length === 0 && !ofSessions) return { rows: all, notes: [] };
  let rows = all;
  for (const [name, value] of asked) {
    const own = valuesOf(table, name);
    const known = distinct(rows.map((row) => own[row]));
    rows = rows.filter((row) => own[row] === value);
    if (rows.length > 0) continue;
    const rule = `be one in which '${outcome}' was asked (${known.slice(0, 20).map(showValue).join(", ")})`;
    throw new RangeError(cannot(action, name, rule, value) + didYouMean(value, known.map(String)));
  }
  const notes: string[] = [];
  if (ofSessions) {
    const kind = valuesOf(table, "kind");
    const present = new Set(rows.map((row) => kind[row]));
    const counted = kinds.find((own) => present.has(own));
    const own = rows.filter((row) => kind[row] === counted);
    if (own.length === 0) {
      throw new RangeError(`Cannot ${action} as '${argument}' has no answers of personas to '${outcome}'`);
    }
    const others = rows.length - own.length;
    if (others > 0) notes.push(`${others} rows of other kinds with '${outcome}' do not count`);
    rows = ofPersonas(table, own);
    const without = own.length - rows.length;
    if (without > 0) notes.push(`${without} rows of roles without personas do not count`);
  }
  const [steps = [], rounds = []] = ["step", "round"].map((name) => {
    if (!ofSessions || !table.columnNames().includes(name)) return [];
    const own = valuesOf(table, name);
    return distinct(rows.map((row) => own[row]));
  });
  if (steps.length > 1) {
    const [last, shown] = [String(steps.at(-1)), steps.slice(0, 20).join(", ")];
    const filter = `${argument}.filter(${showValue(`d => d.step === '${last}'`)})`;
    throw new RangeError(
      `Cannot ${action} as '${outcome}' was asked in several steps (${shown}): take one, by ` +
        `{ step: ${showValue(last)} } or ${filter}`,
    );
  }
  if (rounds.length > 1) {
    const order = rounds.map(Number).sort((a, b) => a - b);
    const last = order.at(-1);
    const [arm, round] = ["arm", "round"].map((name) =>
      table.columnNames().includes(name) ? valuesOf(table, name) : []
    );
    const known = groupRows(rows.map((row) => JSON.stringify([arm![row], round![row]]))).size;
    if (known < rounds.length * distinct(rows.map((row) => arm![row])).length) {
      notes.push("warning: arms differ in their rounds, which came after the treatment");
    }
    notes.push(
      `rounds ${order[0]} to ${last} of '${steps[0]}' count as replicates: { round: ${last} } takes one`,
    );
  }
  return { rows, notes };
}

/**
 * Reads who was in which session. Those who heard each other are one draw: unless clusters were named or recorded, the
 * sessions become the clusters, wherever one holds several personas. Not where arms heard each other, as personas of a
 * session were in different arms: what is compared there is not what was assigned, and the reader is told.
 */
export function readSessions(study: Study, { clusters }: StudyRequest): Study {
  const { action, table, persona, arm, cluster } = study;
  if (persona === null || !table.columnNames().includes("session")) return study;
  const session = encodeLabels(action, "session", valuesOf(table, "session"));
  if (session.labels.length >= persona.labels.length) return study;
  const arms = Math.max(1, arm.labels.length);
  const units = new Map<number, number>();
  const held = session.labels.map(() => ({ personas: new Set<number>(), arms: new Set<number>(), units: 0 }));
  let wanders = false;
  session.codes.forEach((code, row) => {
    const [who, own] = [persona.codes[row]!, arm.codes[row]!];
    if (code < 0 || own < 0) return;
    held[code]!.personas.add(who);
    held[code]!.arms.add(own);
    const known = units.get(who * arms + own);
    if (known === undefined) held[code]!.units++;
    else if (known !== code) wanders = true;
    units.set(who * arms + own, code);
  });
  if (held.every(({ personas }) => personas.size < 2)) return study;
  const mixed = held.filter((own) => own.units < own.personas.size * own.arms.size).length;
  const tell = (...notes: string[]): Study => ({ ...study, prompts: [...study.prompts, ...notes] });
  const heard = mixed > 0 && arms > 1
    ? [`warning: arms heard each other, as personas of different arms met in ${mixed} sessions`]
    : [];
  const draws = "warning: personas count as draws, yet those of a session heard each other";
  if (cluster !== null) return tell(...heard);
  if (clusters === null || wanders || heard.length > 0) return tell(...heard, draws);
  if (clusters !== undefined) return tell();
  return {
    ...tell("sessions are the clusters"),
    cluster: session,
    clusterName: "session",
    leftOut: study.leftOut.map((why, row) => why ?? (session.codes[row]! < 0 ? "without a session" : why)),
  };
}
