import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import {
  declareConjoint,
  type DeclareConjointOptions,
  profileProbabilities,
  sampleProfiles,
} from "@understudy/understudy/designs";
import { chiSquareUpper } from "@understudy/understudy/stats";
import { personasOf } from "./fixtures.ts";

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

Deno.test("profileProbabilities(conjoint) is the product of weights over allowed profiles, scaled to 1", () => {
  const found = profileProbabilities(conjoint).objects() as { [column: string]: unknown }[];
  const allowed = everyProfile().filter((profile) => weightOf(profile) > 0);
  const total = allowed.reduce((sum, profile) => sum + weightOf(profile), 0);
  assertEquals(found.map(keyOf), allowed.map(keyOf));
  found.forEach((row) => assertAlmostEquals(row.probability as number, weightOf(row) / total, 1e-14));
});

Deno.test("profileProbabilities(features) sums over the features left out", () => {
  const found = profileProbabilities(conjoint, { features: ["age", "job"] });
  assertEquals(found.columnNames(), ["job", "age", "probability"]);
  const total = everyProfile().reduce((sum, profile) => sum + weightOf(profile), 0);
  for (const row of found.objects() as { job: string; age: number; probability: number }[]) {
    const own = everyProfile().filter(({ job, age }) => job === row.job && age === row.age);
    assertAlmostEquals(
      row.probability,
      own.reduce((sum, profile) => sum + weightOf(profile), 0) / total,
      1e-14,
    );
  }
});

Deno.test("sampleProfiles(personas, conjoint) draws from the declared distribution", () => {
  const drawn = sampleProfiles(personasOf(3000), conjoint, { seed: 7 }).objects() as {
    [name: string]: unknown;
  }[];
  const counts = new Map<string, number>();
  for (const profile of drawn) counts.set(keyOf(profile), (counts.get(keyOf(profile)) ?? 0) + 1);
  const expected = profileProbabilities(conjoint).objects() as { [name: string]: unknown }[];
  assertEquals(counts.size, expected.length);
  const statistic = expected.reduce((sum, row) => {
    const e = (row.probability as number) * drawn.length;
    return sum + ((counts.get(keyOf(row)) ?? 0) - e) ** 2 / e;
  }, 0);
  const p = chiSquareUpper(statistic, expected.length - 1);
  assert(p > 0.001, `chi-square ${statistic}, p ${p}`);
});

Deno.test("sampleProfiles(personas, conjoint) keeps attributes and numbers tasks and profiles", () => {
  const personas = personasOf(2, { party: ["left", "right"] });
  const found = sampleProfiles(personas, conjoint, { seed: 1 });
  assertEquals(found.columnNames().slice(0, 4), ["persona_id", "party", "task", "profile"]);
  assertEquals(columnOf(found, "task"), [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3]);
  assertEquals(columnOf(found, "profile"), Array.from({ length: 12 }, (_, row) => 1 + row % 2));
  assertEquals(columnOf(found, "party").slice(5, 7), ["left", "right"]);
});

Deno.test("sampleProfiles(seed): a persona, a feature or a task more changes no other draw", () => {
  const free = { features: { education: ["none", "school"], age: [30, 50, 70] } };
  const small = sampleProfiles(personasOf(4), declareConjoint(free), { seed: 3 });
  const more = sampleProfiles(
    personasOf(6),
    declareConjoint({ ...free, features: { ...free.features, region: ["north", "south"] }, tasks: 8 }),
    { seed: 3 },
  );
  const drawsOf = (table: Table) =>
    new Map(
      (table.objects() as { [name: string]: unknown }[]).map((row) => [
        `${row.persona_id} ${row.task} ${row.profile}`,
        [row.education, row.age],
      ]),
    );
  const large = drawsOf(more);
  for (const [key, draw] of drawsOf(small)) assertEquals(large.get(key), draw);
  const other = sampleProfiles(personasOf(4), declareConjoint(free), { seed: 4 });
  assert(columnOf(other, "age").join() !== columnOf(small, "age").join());
});

const wrong: [options: unknown, says: string][] = [
  [{ features: ["a"] }, "'features' must be an object"],
  [{ features: {} }, "'features' must name at least one feature"],
  [{ features: { task: ["a", "b"] } }, "'features' must not have the name of a column of the experiment"],
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
    "'restrictions' must name features (education, job, age, region): current value is \"race\"",
  ],
  [
    { ...options, restrictions: [{ job: "poet", age: 30 }] },
    "'restrictions.job' must name levels (janitor, teacher, doctor): current value is \"poet\"",
  ],
  [
    { ...options, restrictions: [{ job: "doctor", age: [30, 50] }] },
    "'restrictions' must leave every level possible: current value is \"'job' is never 'doctor'\"",
  ],
  [{ ...options, tasks: 0 }, "'tasks' must be a whole number of at least 1"],
  [{ ...options, task: 3 }, "option 'task' is unknown"],
];
for (const [declared, says] of wrong) {
  Deno.test(`declareConjoint(…) says: ${says}`, () => {
    const error = assertThrows(() => declareConjoint(declared as DeclareConjointOptions), Error, says);
    assert(error.message.startsWith("Cannot declare a conjoint as "), error.message);
  });
}

Deno.test("sampleProfiles(…) refuses personas with a feature's column, and what is no conjoint", () => {
  assertThrows(
    () => sampleProfiles(personasOf(1, { age: [4] }), conjoint, { seed: 1 }),
    RangeError,
    "'personas' must not have a column 'age' yet",
  );
  assertThrows(
    () => sampleProfiles(tableOf({ persona_id: ["a", "a"] }), conjoint, { seed: 1 }),
    RangeError,
    "distinct",
  );
  assertThrows(
    () => sampleProfiles(personasOf(1), {} as never, { seed: 1 }),
    TypeError,
    "'conjoint' must be the result of declareConjoint",
  );
});
