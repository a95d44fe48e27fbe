import { assert, assertEquals, assertThrows } from "@std/assert";
import { auditFiveChallenges } from "@understudy/understudy/audit";
import { diagnosisColumns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkAttrition } from "@understudy/understudy/estimation";

const challenges = ["diversity", "bias", "sycophancy", "alienness", "generalisation"];

function answersOf(name: string, fault: boolean): Table {
  const random = stream(9, name);
  const rows = Array.from({ length: 300 }, (_, i) => i);
  const trait = rows.map(() => random.normal());
  const wobble = (sign: number) => trait.map((x) => 4 + (fault ? 0.4 : 1) * (sign * x + random.normal()));
  const party = rows.map((i) => i % 2 ? "left" : "right");
  const arm = rows.map((i) => ["control", "pro", "contra"][i % 3]!);
  const pull = arm.map((of) => fault ? (of === "pro" ? 1 : of === "contra" ? -1 : 0) : 0);
  return tableOf({
    persona_id: rows,
    arm,
    party,
    trust: wobble(1).map((x, i) => x + (fault && party[i] === "left" ? 0.8 : 0)),
    calm: wobble(1),
    tense: wobble(fault ? 1 : -1),
    good: trait.map((x) => 4 + x + random.normal() + (fault ? 0.7 : 0)),
    bad: trait.map((x) => 4 - x + random.normal() + (fault ? 0.7 : 0)),
    tax: pull.map((x) => 4 + x + random.normal()),
  });
}

const options = {
  items: ["trust"],
  groups: "party",
  pairs: [{ item: "good", reversed: "bad", scale: [1, 7] as const }],
  sycophancy: { items: "tax", opinions: { pro: 1, contra: -1 } as const },
  scales: { ease: { items: ["trust", "calm", "tense"], reversed: ["tense"] } },
  generalisation: { outcome: "tax", known: "pro", reference: "control", unpublished: "contra" },
  draws: 200,
};

Deno.test("auditFiveChallenges(tables) finds the fault of each challenge, and none in a respondent without", () => {
  const human = answersOf("human", false);
  const faulty = auditFiveChallenges({ answers: answersOf("faulty", true), human }, options);
  for (const challenge of challenges) {
    const found = faulty.objects().filter((row) => (row as { challenge: string }).challenge === challenge);
    assert(found.some((row) => (row as { verdict: string }).verdict === "found"), challenge);
  }
  const clean = auditFiveChallenges({ answers: answersOf("clean", false), human }, options);
  assertEquals(clean.array("verdict").filter((verdict) => verdict === "found"), []);
});

Deno.test("auditFiveChallenges(tables) has a row for what was not checked, with how to give it", () => {
  const audit = auditFiveChallenges({ answers: answersOf("clean", false) }, { items: "trust" });
  assertEquals([...new Set(audit.array("challenge"))], challenges);
  const rows = audit.objects() as { verdict: string; reason: string; check: string }[];
  const unchecked = rows.filter(({ verdict }) => verdict === "cannot tell");
  for (
    const asked of [
      "{ human }",
      "{ groups }",
      "{ pairs:",
      "{ sycophancy:",
      "{ scales:",
      "{ generalisation:",
      "{ studies }",
    ]
  ) {
    assert(unchecked.some(({ reason }) => reason.includes(asked)), asked);
  }
  const row = audit.object(0) as object;
  assertEquals(Object.keys(diagnosisColumns).filter((name) => !(name in row)), []);
});

Deno.test("auditFiveChallenges(tables) adjusts over all rows together", () => {
  const human = answersOf("human", false);
  const audit = auditFiveChallenges({ answers: answersOf("faulty", true), human }, options);
  const p = audit.array("p_value") as number[];
  const adjusted = audit.array("p_adjusted") as number[];
  const tests = p.filter((value) => !Number.isNaN(value)).length;
  const smallest = p.indexOf(Math.min(...p.filter((value) => !Number.isNaN(value))));
  assert(tests > 8);
  assertEquals(adjusted[smallest], p[smallest]! * tests);
});

Deno.test("auditFiveChallenges(…) names what is wrong with its arguments", () => {
  const answers = answersOf("clean", false);
  assertThrows(() => auditFiveChallenges(answers as never), TypeError, "'tables' must be named");
  assertThrows(
    () => auditFiveChallenges({ answers, people: answers } as never),
    TypeError,
    "'people' is unknown",
  );
  assertThrows(
    () => auditFiveChallenges({ answers }, { item: "trust" } as never),
    TypeError,
    "'item' is unknown",
  );
  const nested = (more: unknown) => () => auditFiveChallenges({ answers }, { ...options, ...more as object });
  assertThrows(
    nested({ sycophancy: { item: "tax" } }),
    TypeError,
    "Cannot check sycophancy as option 'item' is unknown: the options are",
  );
  const { generalisation } = options;
  assertThrows(
    nested({ generalisation: { ...generalisation, replicated: 1 } }),
    TypeError,
    "option 'replicated' is unknown",
  );
  assertThrows(
    nested({ generalisation: { ...generalisation, original: { estimate: 1, std_error: 1 } } }),
    TypeError,
    "'original.std_error' is unknown",
  );
  assertThrows(nested({ scales: { ease: 3 } }), TypeError, "'scales.ease' must be an object");
  assertThrows(
    nested({ pairs: [{ item: "good", reverse: "bad" }] }),
    TypeError,
    "'pairs[0].reverse' is unknown",
  );
  assertThrows(nested({ pairs: [{ item: "good" }] }), TypeError, "'pairs[0].reversed' must be");
});

Deno.test("checkAttrition(answers) works on the tables that the audit takes", () => {
  const ids = Array.from({ length: 120 }, (_, i) => i);
  const answers = tableOf({
    persona_id: ids,
    arm: ids.map((i) => i % 2 ? "control" : "threat"),
    item: ids.map(() => "trust"),
    value: ids.map((i) => i % 6 === 0 ? null : i % 5),
    status: ids.map((i) => i % 6 === 0 ? "refused" : "answered"),
  });
  assertEquals(checkAttrition(answers, { outcome: "trust" }).get("verdict", 0), "found");
});
