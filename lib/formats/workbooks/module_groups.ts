import { stream } from "../../core/stream.ts";
import { columnOf, heldColumns, type Table, tableOf } from "../../core/table.ts";
import type { Module, ModuleSheets } from "./module_sheets.ts";

/** An agent; groups mix those of different strata. */
interface Agent {
  readonly id: string;
  readonly stratum: string;
}

/**
 * The group of each persona in the rounds of a module, where nobody is told to make others that before: `keep`. With
 * `swap` the first half of each of the groups before stays.
 */
export function groupPersonas(book: ModuleSheets, module: Module): Map<string, string>[] {
  const { settings, facilitators, prompts, personas } = book;
  const call = prompts.find((prompt) => prompt.module === module.name && prompt.llm_text === "assign_groups");
  const cells = [facilitators.get("assign_groups"), call].flatMap((row) => row?.at("kwargs") ?? []);
  const told = cells.map((cell) => cell.literal() || {});
  const { strategy = call === undefined ? "keep" : "random", stratify_by = [] } = Object.assign({}, ...told);
  const names = [stratify_by].flat().map(String);
  const isKnown = told.every((one) => Object(one) === one) &&
    ["random", "keep", "swap", "stratified"].includes(strategy) &&
    (strategy === "stratified") === (names.length > 0) &&
    names.every((name) => personas.columnNames().includes(name));
  const rule = "have a strategy: random, keep, swap, or stratified with stratify_by, columns of Profiles";
  if (!isKnown) throw cells.at(-1)!.fault(rule);
  const agents = (personas.objects() as { persona_id: string; [name: string]: unknown }[])
    .map((row): Agent => ({ id: row.persona_id, stratum: names.map((name) => row[name]).join("\n") }));
  const sessions = Map.groupBy(agents, (_, place) => Math.floor(place / settings.NUM_AGENTS_PER_SESSION));
  const byRound = Array.from({ length: module.rounds }, () => new Map<string, string>());
  for (const [session, agents] of sessions) {
    for (const [at, groups] of byRound.entries()) {
      const last = byRound[at - 1];
      const free = agents.filter(({ id }) => {
        const own = book.written("id_in_subsession", id, { module: module.name, round: at + 1 });
        if (own !== null) groups.set(id, `${session}, written: ${own}`);
        return own === null;
      });
      if (strategy === "keep" && last !== undefined) {
        free.forEach(({ id }) => groups.set(id, last.get(id)!));
        continue;
      }
      const ids = strategy === "swap" && last !== undefined ? agents.map(({ id }) => id) : [];
      const before = [...Map.groupBy(ids, (id) => last!.get(id)).values()];
      const order = stream(settings.RANDOM_SEED, "groups", module.name, session, at + 1).shuffle(free);
      for (const [n, group] of chunk(order, module.size, before).entries()) {
        for (const id of group) groups.set(id, `${session}, ${n}`);
      }
    }
  }
  return byRound;
}

/** Groups of agents in an order by chance: half of each group before stays; strata take turns. */
function chunk(agents: readonly Agent[], size: number, before: readonly string[][]): string[][] {
  const present = new Set(agents.map(({ id }) => id));
  const halves = before.map((group) => group.slice(0, Math.ceil(group.length / 2)));
  const kept = halves.map((group) => group.filter((id) => present.has(id)));
  const staying = new Set(kept.flat());
  const strata = Map.groupBy(agents.filter(({ id }) => !staying.has(id)), ({ stratum }) => stratum);
  const ranked = [...strata.values()].flatMap((own) => own.map(({ id }, rank) => ({ id, rank })));
  const order = ranked.sort((one, other) => one.rank - other.rank).map(({ id }) => id);
  let taken = 0;
  const take = (n: number) => order.slice(taken, taken += n);
  const groups = kept.map((group) => [...group, ...take(Math.max(size - group.length, 0))]);
  while (taken < order.length) groups.push(take(size));
  return groups;
}

/** The personas with their sessions: of those who are ever in a group together. */
export function assignSessions(book: ModuleSheets, groups: readonly Map<string, string>[]): Table {
  const ids = columnOf<string>(book.personas, "persona_id");
  const above = new Map(ids.map((id) => [id, id]));
  const top = (id: string): string => {
    while (above.get(id) !== id) above.set(id, id = above.get(above.get(id)!)!);
    return id;
  };
  for (const byId of groups) {
    const last = new Map([...byId].map(([id, group]) => [group, id]));
    for (const [id, group] of byId) above.set(top(id), top(last.get(group)!));
  }
  const names = new Map([...new Set(ids.map(top))].map((id, at) => [id, `s${at + 1}`]));
  const session = ids.map((id) => names.get(top(id))!);
  const seats = new Map<string, number>();
  const seat = session.map((name) => seats.set(name, (seats.get(name) ?? 0) + 1).get(name));
  const first = { module: book.modules[0]!.name, round: 1 };
  const written = ids.map((id) => book.written("treatment", id, first));
  const arm = written.map((one) => one === null ? null : String(one));
  const assigned = arm.every((one) => one === null) ? {} : { arm };
  const role = ids.map(() => "player");
  return tableOf({ ...heldColumns(book.personas), session, role, seat, ...assigned });
}
