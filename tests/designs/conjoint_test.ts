import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, type Table } from "@understudy/understudy/core";
import { declareConjoint, type DeclareConjointOptions } from "@understudy/understudy/designs";
import { chiSquareUpper } from "@understudy/understudy/stats";
import { shownFeatures } from "../../lib/designs/features.ts";
import { personasOf, probabilitiesOf, profilesOf } from "./fixtures.ts";

const options: DeclareConjointOptions = {
  features: {
    education: ["none", "school", "college"],
    job: { janitor: 3, teacher: 2, doctor: 1 },
    age: [30, 50],
    region: ["north", "south"],
  },
  restrictions: [{ education: "none", job: ["doctor", "teacher"] }, { job: "doctor", age: 30 }],
  tasks: 3,
};
const conjoint = declareConjoint(options);

/** A profile's weight before scaling, straight from the definition. */
function weightOf(profile: { [feature: string]: unknown }): number {
  if (profile.education === "none" && profile.job !== "janitor") return 0;
  if (profile.job === "doctor" && profile.age === 30) return 0;
  return { janitor: 3, teacher: 2, doctor: 1 }[profile.job as "janitor"];
}

function everyProfile(): { [feature: string]: unknown }[] {
  return ["none", "school", "college"].flatMap((education) =>
    ["janitor", "teacher", "doctor"].flatMap((job) =>
      [30, 50].flatMap((age) => ["north", "south"].map((region) => ({ education, job, age, region })))
    )
  );
}

function keyOf(profile: { [feature: string]: unknown }): string {
  return [profile.education, profile.job, profile.age, profile.region].join("/");
}

Deno.test("linkFeatures(conjoint) is the product of weights over allowed profiles, scaled to 1", () => {
  const found = probabilitiesOf(conjoint);
  const allowed = everyProfile().filter((profile) => weightOf(profile) > 0);
  const total = allowed.reduce((sum, profile) => sum + weightOf(profile), 0);
  assertEquals(found.map(keyOf), allowed.map(keyOf));
  found.forEach((row) => assertAlmostEquals(row.probability as number, weightOf(row) / total, 1e-14));
});

Deno.test("joinParts(features) sums over the features left out", () => {
  const found = probabilitiesOf(conjoint, ["age", "job"]);
  assertEquals(found.length, 5);
  const total = everyProfile().reduce((sum, profile) => sum + weightOf(profile), 0);
  for (const row of found) {
    const own = everyProfile().filter(({ job, age }) => job === row.job && age === row.age);
    assertAlmostEquals(
      row.probability,
      own.reduce((sum, profile) => sum + weightOf(profile), 0) / total,
      1e-14,
    );
  }
});

/** The probability of each profile where no two of a task are the same, by going through all tasks. */
function shownByHand(profiles: number): { [column: string]: unknown; probability: number }[] {
  const declared = probabilitiesOf(conjoint);
  const shown = declared.map(() => 0);
  const visit = (seen: readonly number[], probability: number): void => {
    if (seen.length === profiles) {
      shown[seen[0]!]! += probability;
      return;
    }
    declared.forEach((row, place) => {
      if (!seen.includes(place)) visit([...seen, place], probability * row.probability);
    });
  };
  visit([], 1);
  const total = shown.reduce((sum, probability) => sum + probability, 0);
  return declared.map((row, place) => ({ ...row, probability: shown[place]! / total }));
}

for (const profiles of [1, 2, 3]) {
  Deno.test(`shownFeatures(conjoint) is the distribution of profiles of which no two of ${profiles} are the same`, () => {
    const byHand = shownByHand(profiles);
    for (const { names, cells, probabilities } of shownFeatures("test", { ...conjoint, profiles })) {
      cells.forEach((cell, place) => {
        const levels = names.map((name, at) => conjoint.features[name]!.levels[cell[at]!]);
        const own = byHand.filter((row) => names.every((name, at) => row[name] === levels[at]));
        const sum = own.reduce((total, { probability }) => total + probability, 0);
        assertAlmostEquals(probabilities[place]!, sum, 1e-12);
      });
    }
  });
}

Deno.test("assignTreatments(conjoint) draws from the declared distribution, given that profiles of a task differ", () => {
  const drawn = profilesOf(personasOf(3000), conjoint, 7).objects() as {
    [name: string]: unknown;
  }[];
  const counts = new Map<string, number>();
  for (const profile of drawn) counts.set(keyOf(profile), (counts.get(keyOf(profile)) ?? 0) + 1);
  const expected = shownByHand(2);
  assertEquals(counts.size, expected.length);
  const statistic = expected.reduce((sum, row) => {
    const e = (row.probability as number) * drawn.length;
    return sum + ((counts.get(keyOf(row)) ?? 0) - e) ** 2 / e;
  }, 0);
  const p = chiSquareUpper(statistic, expected.length - 1);
  assert(p > 0.001, `chi-square ${statistic}, p ${p}`);
});

Deno.test("assignTreatments(conjoint) keeps attributes and numbers tasks and profiles", () => {
  const personas = personasOf(2, { party: ["left", "right"] });
  const found = profilesOf(personas, conjoint, 1);
  assertEquals(found.columnNames().slice(0, 4), ["persona_id", "party", "task", "profile"]);
  assertEquals(columnOf(found, "task"), [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3]);
  assertEquals(columnOf(found, "profile"), Array.from({ length: 12 }, (_, row) => 1 + row % 2));
  assertEquals(columnOf(found, "party").slice(5, 7), ["left", "right"]);
});

Deno.test("assignTreatments(conjoint) shows no two profiles of a task that are the same", () => {
  const few = declareConjoint({ features: { a: ["x", "y"], b: { u: 9, v: 1 } }, tasks: 50, profiles: 3 });
  const tasks = Map.groupBy(
    profilesOf(personasOf(20), few, 1).objects() as { [name: string]: unknown }[],
    (row) => `${row.persona_id} ${row.task}`,
  );
  assertEquals(tasks.size, 1000);
  for (const rows of tasks.values()) assertEquals(new Set(rows.map(({ a, b }) => `${a} ${b}`)).size, 3);
});

Deno.test("assignTreatments(conjoint, seed): a persona or a task more changes no other draw, a feature only where profiles were the same", () => {
  const free = { features: { education: ["none", "school"], age: [30, 50, 70] } };
  const drawsOf = (table: Table) =>
    new Map(
      (table.objects() as { [name: string]: unknown }[]).map((row) => [
        `${row.persona_id} ${row.task} ${row.profile}`,
        `${row.education} ${row.age}`,
      ]),
    );
  const small = profilesOf(personasOf(4), declareConjoint(free), 3);
  const more = drawsOf(profilesOf(personasOf(6), declareConjoint({ ...free, tasks: 8 }), 3));
  for (const [key, draw] of drawsOf(small)) assertEquals(more.get(key), draw);
  const features = { ...free.features, region: ["north", "south"] };
  const wider = drawsOf(profilesOf(personasOf(4), declareConjoint({ features }), 3));
  const kept = [...drawsOf(small)].filter(([key]) => {
    const task = key.slice(0, -1);
    return wider.get(`${task}1`) !== wider.get(`${task}2`);
  });
  assert(kept.length > 25);
  for (const [key, draw] of kept) assertEquals(wider.get(key), draw);
  const other = profilesOf(personasOf(4), declareConjoint(free), 4);
  assert(columnOf(other, "age").join() !== columnOf(small, "age").join());
});

const wrong: [options: unknown, says: string][] = [
  [{ features: ["a"] }, "'features' must be an object"],
  [{ features: {} }, "'features' must name at least one feature"],
  [{ features: { task: ["a", "b"] } }, "'features' must not have the name of a column of the experiment"],
  [{ features: { value: ["a", "b"] } }, "'features' must not have the name of a column of the experiment"],
  [{ features: { a: ["x"] } }, "'features.a' must have at least two levels"],
  [{ features: { a: ["x", "x"] } }, "'features.a' must name each level once: current value is \"'x' twice\""],
  [{ features: { a: { x: 1, y: 0 } } }, "'features.a' must hold weights above 0: current value is 0"],
  [
    { features: { a: ["x", null] } },
    "'features.a' must hold non-empty texts or numbers: current value is null",
  ],
  [{ ...options, restrictions: [{ job: "doctor" }] }, "'restrictions' must name two or more features each"],
  [
    { ...options, restrictions: [{ job: "doctor", race: "x" }] },
    '\'restrictions\' must be one of "education", "job", "age", "region": current value is "race"',
  ],
  [
    { ...options, restrictions: [{ job: "poet", age: 30 }] },
    '\'restrictions.job\' must be one of "janitor", "teacher", "doctor": current value is "poet"',
  ],
  [
    { ...options, restrictions: [{ job: "doctor", age: [30, 50] }] },
    "'restrictions' must leave every level possible: current value is \"'job' is never 'doctor'\"",
  ],
  [{ features: { a: ["x", "y|z"] } }, "'features.a' must hold no vertical bars"],
  [
    { features: { a: ["x", "y"] }, profiles: 3 },
    "'profiles' must be at most the number of different profiles, 2",
  ],
  [{ ...options, labels: ["A"] }, "'labels' must name each of the 2 profiles of a task"],
  [{ ...options, labels: ["A", "A"] }, "'labels' must name each profile once"],
  [{ ...options, featureOrder: "random" }, "'featureOrder' must be one of"],
  [{ ...options, tasks: 0 }, "'tasks' must be a whole number of at least 1"],
  [{ ...options, task: 3 }, "option 'task' is unknown"],
];
for (const [declared, says] of wrong) {
  Deno.test(`declareConjoint(…) says: ${says}`, () => {
    const error = assertThrows(() => declareConjoint(declared as DeclareConjointOptions), Error, says);
    assert(error.message.startsWith("Cannot declare a conjoint as "), error.message);
  });
}

Deno.test("assignTreatments(conjoint) refuses personas with a feature's column", () => {
  assertThrows(
    () => profilesOf(personasOf(1, { age: [4] }), conjoint, 1),
    RangeError,
    "'personas' must not have a column 'age' yet",
  );
});
