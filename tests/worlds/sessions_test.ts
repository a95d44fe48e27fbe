import { assert, assertEquals } from "@std/assert";
import { type Protocol, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice, number } from "@understudy/understudy/items";
import {
  ask,
  declareProtocol,
  desire,
  lines,
  nobody,
  probe,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareWorld,
  influenceTruth,
  type World,
  type WorldDeclaration,
} from "@understudy/understudy/worlds";

const declaration: WorldDeclaration = {
  name: "council",
  seed: 3,
  attributes: { party: { shares: { A: 0.5, B: 0.5 } } },
  stimuli: { control: "exercise", threat: "incursion" },
  items: {
    support: {
      kind: "scale",
      range: [0, 100],
      sd: 6,
      effects: { party: { A: 30, B: 60 } },
      stimuli: { threat: { effect: 10 } },
    },
  },
  says: { support: "I give it {{value}}." },
  influence: { support: 0.2 },
};
const world = declareWorld(declaration);
const support = number("support", "How many of a hundred points do you give it?", {
  minimum: 0,
  maximum: 100,
  whole: true,
});
const treatments = declareTreatments({
  control: "There was an exercise.",
  threat: "There was an incursion.",
});

/** A row of the answers. */
interface Row {
  readonly persona_id: string;
  readonly session: string;
  readonly party: string;
  readonly arm: string;
  readonly kind: string;
  readonly item: string;
  readonly round: number;
  readonly value: unknown;
  readonly status: string;
}

/** Pairs of one of each party, or larger groups of both, go through a protocol. */
async function runPairs(protocol: Protocol, sessions: number, of: World = world, size = 2) {
  const seats = Array.from({ length: size * sessions }, (_, i) => i);
  const pairs = tableOf({
    persona_id: seats.map((i) => `p${i}`),
    party: seats.map((i) => "AB"[i % 2]!),
    session: seats.map((i) => `s${Math.floor(i / size)}`),
    role: seats.map(() => "subject"),
    seat: seats.map((i) => 1 + i % size),
  });
  const design = declareDesign({ treatments, protocol, clusters: "session", stated: ["party"] });
  const plan = planExperiment(assignTreatments(pairs, design, { seed: 2 }), design, { seed: 5 });
  const answers = await runExperiment(plan, simulatedRespondent(of));
  return { pairs, rows: answers.objects() as unknown as Row[] };
}

/** Holds that the answers of each arm, party and time have the mean of the closed form, by their own standard errors. */
function assertClosedForm(
  { pairs, rows }: Awaited<ReturnType<typeof runPairs>>,
  [of, timeOf]: readonly [World, (row: Row) => number],
  hears = true,
): void {
  const times = Math.max(...rows.map(timeOf));
  const truth = influenceTruth(of, pairs, { outcome: "support", times, hears: () => hears })
    .objects() as { arm: string; persona_id: string; time: number; value: number }[];
  const expected = new Map(truth.map((row) => [`${row.arm} ${row.persona_id} ${row.time}`, row.value]));
  const cells = Map.groupBy(rows, (row) => `${row.arm}, ${row.party}, ${timeOf(row)}`);
  assertEquals(cells.size, 2 * 2 * (times + 1));
  for (const [cell, own] of cells) {
    const gaps = own.map((row) => {
      assertEquals(row.status, "answered");
      return Number(row.value) - expected.get(`${row.arm} ${row.persona_id} ${timeOf(row)}`)!;
    });
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const sd = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gaps.length - 1));
    assert(Math.abs(mean) < 3.7 * sd / Math.sqrt(gaps.length), `${cell}: ${mean} off, sd ${sd}`);
  }
}

for (const [size, sessions] of [[2, 120], [4, 60]] as const) {
  Deno.test(`${size} members who hear each other's answers have the means of the closed form, round after round`, async () => {
    const protocol = declareProtocol({
      steps: [tell(treatment()), rounds(4, [ask([support], { heard: "after" })])],
    });
    const run = await runPairs(protocol, sessions, world, size);
    assertClosedForm(run, [world, ({ round }) => round - 1]);
  });
}

Deno.test("two members who discuss, all at once, answer then as the closed form says", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), probe([support]), rounds(3, [say({ order: "at once" }), probe([support])])],
  });
  const { pairs, rows } = await runPairs(protocol, 120);
  const said = rows.filter(({ kind }) => kind === "line");
  assert(said.length === 120 * 2 * 3 && said.every(({ value }) => /^I give it \d+\.$/.test(String(value))));
  assertClosedForm({ pairs, rows: rows.filter(({ kind }) => kind === "probe") }, [
    world,
    ({ round }) => round,
  ]);
});

Deno.test("members who hear nobody stay where lone personas are", async () => {
  const protocol = declareProtocol({
    hears: nobody,
    steps: [tell(treatment()), rounds(2, [say({ order: "at once" }), ask([support], { heard: "after" })])],
  });
  const { pairs, rows } = await runPairs(protocol, 80);
  const asked = rows.filter(({ kind }) => kind === "answer");
  assertClosedForm({ pairs, rows: asked }, [world, ({ round }) => round - 1], false);
});

Deno.test("a member's party is its own in a discussion in which another tells of the other party", async () => {
  const telling = declareWorld({
    ...declaration,
    items: { ...declaration.items, own_party: { kind: "attribute", attribute: "party" } },
    says: { own_party: "My party is {{value}}." },
  });
  const party = choice("own_party", "Which party are you of?", ["A", "B"], { order: "fixed" });
  const protocol = declareProtocol({
    steps: [tell(treatment()), say({ turns: 6 }), probe([party])],
  });
  const { rows } = await runPairs(protocol, 10, telling);
  const asked = rows.filter(({ kind }) => kind === "probe");
  assertEquals(asked.length, 20);
  for (const row of asked) assertEquals(row.value, row.party);
  for (const row of rows) if (row.kind === "line") assertEquals(row.value, `My party is ${row.party}.`);
});

Deno.test("who wants to speak most has the turn, and some turns are silent or refused", async () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), say({ turns: 8, order: desire({ threshold: 1 }), silence: true })],
  });
  const shy = declareWorld({
    ...declaration,
    silence: { intercept: -1 },
    behaviour: { refusal: { intercept: -2 } },
  });
  const { rows: all } = await runPairs(protocol, 20, shy);
  const rows = all.filter(({ kind }) => kind === "line");
  const count = Map.groupBy(rows, ({ status, value }) => `${status} ${value === "" || value === null}`);
  assert(count.get("answered false")!.length > 60 && count.get("refused true")!.length > 3);
  // Where nobody wants to speak, there is no line.
  assert(rows.length > 100 && rows.length < 160);
});

Deno.test("a scripted interviewer asks a world, which answers the question that stands in the line", async () => {
  const protocol = declareProtocol({
    roles: { subject: "", interviewer: script(lines(["How much? [support]", "And now? [support]"])) },
    steps: [tell(treatment()), rounds(2, [say({ by: "interviewer" }), say({ by: "subject" })])],
  });
  const { rows } = await runPairs(protocol, 3);
  const said = rows.filter(({ kind, party }) => kind === "line" && party !== null);
  assertEquals(said.length, 12);
  for (const { value } of said) assert(/^\{"support":\d+\}$/.test(String(value)), String(value));
});
