import { assert } from "@std/assert";
import { type Item, type Table, tableOfRows, type Treatments } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import {
  declareProtocol,
  lines,
  probe,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy, type ReadyStudy, type World } from "@understudy/understudy/worlds";

/** An experiment on a ready study: all of it as the study says, but for what a diagnosis needs otherwise. */
export interface Experiment extends Pick<ReadyStudy, "population"> {
  readonly world: World;
  readonly treatments: Treatments;
  readonly items: readonly Item[];
  readonly stated: readonly string[];
  readonly n?: number;
  readonly seed?: number;
}

function assignedTo({ population, treatments, items, stated, n = 400, seed = 2 }: Experiment) {
  const design = declareDesign({
    treatments,
    items,
    stated,
    itemOrder: "shuffled",
    reference: treatments.arms[0]!.name,
  });
  const personas = samplePersonas(population, { n, seed, weights: "share" });
  return { design, assigned: assignTreatments(personas, design, { seed }) };
}

const asked = new Map<string, Promise<Table>>();

/** Runs an experiment; the same one only once. */
export function ask(experiment: Experiment): Promise<Table> {
  const { world, population, treatments, items, stated, n, seed } = experiment;
  const key = JSON.stringify([
    world.fingerprint,
    population.columnNames(),
    treatments,
    items,
    stated,
    n,
    seed,
  ]);
  const known = asked.get(key);
  if (known !== undefined) return known;
  const { design, assigned } = assignedTo(experiment);
  const plan = planExperiment(assigned, design, { seed: 10 });
  const answers = runExperiment(plan, simulatedRespondent(world));
  asked.set(key, answers);
  return answers;
}

/** The one question of a study that most diagnoses are about: what is not asked costs no time. */
export const supportOf = ({ items }: ReadyStudy): Pick<Experiment, "items"> => ({
  items: items.filter(({ name }) => name === "support"),
});

/** What people of the town say of it: those of a world without fault, other people than those simulated. */
export const people = (study: ReadyStudy): Promise<Table> => {
  const { world } = declareReadyStudy("clean", { seed: 11 });
  return ask({ ...study, ...supportOf(study), world, seed: 12, n: 1000 });
};

export type Row = { readonly [column: string]: unknown };

/** The rows of a table of which the columns have these values. */
export const rowsWhere = (table: Table, where: Row): Row[] =>
  (table.objects() as Row[]).filter((row) =>
    Object.entries(where).every(([column, value]) => row[column] === value)
  );

/** Whether such rows have that verdict, at least one; there must be such rows. */
export function says(table: Table, where: Row, verdict = "found"): boolean {
  const rows = rowsWhere(table, where);
  assert(rows.length > 0, `no row has ${JSON.stringify(where)}`);
  return rows.some((row) => row.verdict === verdict);
}

/** One row per reply, one column per item, to which the attributes told are the persona's. */
export function widen(answers: Table, columns: readonly string[]): Table {
  const replies = new Map<unknown, { [column: string]: unknown }>();
  for (const { persona_id, item, value } of answers.objects() as Row[]) {
    const reply = replies.get(persona_id) ?? { persona_id };
    if (columns.includes(String(item))) reply[String(item)] = value;
    replies.set(persona_id, reply);
  }
  return tableOfRows([...replies.values()], ["persona_id", ...columns]);
}

export const onlyArm = (answers: Table, arm: string): Table =>
  tableOfRows(rowsWhere(answers, { arm }), answers.columnNames());

export const textOf = ({ treatments }: ReadyStudy, arm: string): string =>
  treatments.arms.find(({ name }) => name === arm)!.wordings[0]!;

/** Interviews of some people with the respondent, in which what they are is asked back. */
export function talk(world: World, study: ReadyStudy): Promise<Table> {
  const { treatments, population, stated } = study;
  const questions = [1, 2, 3, 4].map((number) =>
    `Question ${number}: did your family grow vegetables? [childhood_garden]`
  );
  const asked = stated.map((name) => choice(name, `What is your ${name}?`, world.attributes[name]!));
  const protocol = declareProtocol({
    roles: { subject: "", interviewer: script(lines(questions)) },
    steps: [
      probe(asked, { persona: false, times: 20 }),
      probe(asked, { times: 2 }),
      tell(treatment()),
      rounds(questions.length, [
        say({ by: "interviewer" }),
        say({ by: "subject" }),
        probe(asked, { when: ({ round }) => round !== 3 }),
      ]),
    ],
  });
  const design = declareDesign({ treatments, protocol, stated, reference: treatments.arms[0]!.name });
  const personas = samplePersonas(population, { n: 90, seed: 2, weights: "share" });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 4 });
  return runExperiment(plan, simulatedRespondent(world));
}
