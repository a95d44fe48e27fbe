import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { scoreLines } from "@understudy/understudy/audit";
import { type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { discussionAnswers } from "../report/session_answers.ts";
import { goldenCases } from "../stats/golden_cases.ts";

type Row = { readonly [column: string]: unknown };
const line = { session: "s", role: "member", kind: "line", step: "say", item: "say", status: "answered" };

/** A session whose members say lines in turn. */
function sessionOf(session: string, lines: readonly string[], more: Row = {}): Row[] {
  return lines.map((value, at) => ({ ...line, session, member: `p${at % 2}`, value, ...more }));
}

const answer = (session: string, member: string, value: unknown, more: Row = {}): Row => {
  return { ...line, session, member, kind: "answer", item: "force", value, ...more };
};
// deno-lint-ignore no-explicit-any -- cells are numbers and texts
const rowsOf = (table: Table) => table.objects() as { [column: string]: any }[];

Deno.test("scoreLines(answers) gives the diversity that rouge-score gives, pair by pair", () => {
  const { lines, expected, tol } = goldenCases("lines").get("rouge_diversity") as never as {
    lines: string[][];
    expected: number[];
    tol: number;
  };
  const scores = scoreLines(tableOf(lines.flatMap((own, at) => sessionOf(`s${at}`, own))));
  scores.array("diversity").forEach((diversity, at) =>
    assertAlmostEquals(diversity as number, expected[at]!, tol)
  );
});

Deno.test("scoreLines(answers) calls lines of the same words alike whatever their case and marks, and others diverse", () => {
  const diversity = (...lines: string[]) => scoreLines(tableOf(sessionOf("s", lines))).get("diversity", 0);
  assertEquals(diversity("Wait — for the embassy!", "wait for THE embassy"), 0);
  assertEquals(diversity("wait", "strike"), 1);
  assertEquals(diversity("Подождём, друзья", "подождём друзья"), 0);
  // A common subsequence over more than one block of 32 words: all but the one that differs.
  const long = Array.from({ length: 100 }, (_, at) => `w${at}`);
  const other = long.map((word, at) => at === 60 ? "x" : word);
  assertAlmostEquals(diversity(long.join(" "), other.join(" ")), 1 - 2 * 99 / 200, 1e-12);
  assertAlmostEquals(diversity(long.join(" "), long.toReversed().join(" ")), 1 - 2 / 200, 1e-12);
});

Deno.test("scoreLines(answers) gives the distance from unimodality that ndfu gives", () => {
  const { histograms, expected, tol } = goldenCases("lines").get("ndfu") as never as {
    histograms: number[][];
    expected: number[];
    tol: number;
  };
  const rows = histograms.flatMap((counts, at) =>
    counts.flatMap((count, value) =>
      Array.from({ length: count }, (_, own) => answer(`s${at}`, `p${value}-${own}`, value + 1))
    )
  );
  const scores = rowsOf(scoreLines(tableOf(rows), { item: "force" }));
  scores.forEach(({ ndfu }, at) => assertAlmostEquals(ndfu!, expected[at]!, tol));
});

Deno.test("scoreLines(answers) counts the last answer of each member, and bins long scales by tenths of the range of all", () => {
  const changed = [
    ...["p1", "p2", "p3"].map((p) => answer("s", p, 1)),
    answer("s", "p1", 7),
    answer("s", "p2", null),
  ];
  assertAlmostEquals(scoreLines(tableOf(changed), { item: "force" }).get("ndfu", 0), 0.5);
  const poles = [0, 3, 97, 100].map((value, at) => answer(at < 2 ? "a" : "b", `p${at}`, value, { arm: "x" }));
  const scores = scoreLines(tableOf(poles), { item: "force" });
  assertEquals([scores.array("ndfu"), scores.array("ndfu_arm")], [[0, 0], [1, 1]]);
  const alike = tableOf([answer("s", "p1", 2.5), answer("s", "p2", 2.5)]);
  assertEquals(scoreLines(alike, { item: "force" }).get("ndfu", 0), 0);
});

Deno.test("scoreLines(answers) says who takes part: entropy of shares, and each member's own", () => {
  const rows = [...sessionOf("s", ["one two three", "one", "one two"]), { ...line, member: "p2", value: "" }];
  const [row] = rowsOf(scoreLines(tableOf(rows)));
  const entropy = (...shares: number[]) => -shares.reduce((sum, p) => sum + p * Math.log(p), 0) / Math.log(3);
  assertEquals([row!.members, row!.turns, row!.lines, row!.words], [3, 4, 3, 6]);
  assertAlmostEquals(row!.participation_lines!, entropy(2 / 3, 1 / 3), 1e-12);
  assertAlmostEquals(row!.participation_words!, entropy(5 / 6, 1 / 6), 1e-12);
  assertEquals(
    rowsOf(scoreLines(tableOf(rows), { by: "member" })).map((
      own,
    ) => [own.member, own.share_of_lines, own.share_of_words]),
    [["p0", 2 / 3, 5 / 6], ["p1", 1 / 3, 1 / 6], ["p2", 0, 0]],
  );
  assertAlmostEquals(
    rowsOf(scoreLines(tableOf(sessionOf("s", ["a b", "c d"]))))[0]!.participation_words!,
    1,
    1e-12,
  );
});

Deno.test("scoreLines(answers) tells how often a role steps in, and counts failed lines as no turns", () => {
  const turns = ["", "Please be kind.", "", "Stay on the subject."].map((value) => ({
    ...line,
    role: "facilitator",
    member: "facilitator",
    value,
  }));
  const failed = { ...turns[0], status: "failed", value: null };
  const scores = scoreLines(tableOf([...sessionOf("s", ["a", "b"]), ...turns, failed]), {
    role: "facilitator",
  });
  assertEquals([scores.get("intervention_rate", 0), scores.get("turns", 0)], [0.5, 6]);
  assertThrows(
    () => scoreLines(tableOf(turns), { role: "judge" }),
    RangeError,
    "must be one that speaks: facilitator",
  );
});

Deno.test("scoreLines(answers) has one row per session and arm, without judges; what cannot be told says why", () => {
  const answers = discussionAnswers();
  const [calm, bold] = rowsOf(scoreLines(answers, { role: "leader", item: "force" }));
  assertEquals([calm!.session, calm!.arm, bold!.arm], ["g1", "calm", "bold"]);
  // The cut line counts as it was heard; the silent one is a turn.
  assertEquals([calm!.members, calm!.turns, calm!.lines, calm!.intervention_rate], [4, 5, 4, 1]);
  const [alone] = rowsOf(scoreLines(tableOf([{ ...line, member: "p1", value: "" }])));
  assertStringIncludes(alone!.reason!, "no diversity: fewer than 2 lines; no participation");
  assert([alone!.diversity, alone!.participation_lines, alone!.ndfu].every((value) => Number.isNaN(value)));
  assertThrows(() => scoreLines(answers, { item: "forse" }), RangeError, "that numbers answer");
  assertThrows(() => scoreLines(tableOf({ session: ["s"] })), RangeError, "no column 'member'");
});

Deno.test("scoreLines(answers) is a table for estimateEffects, clustered by session", () => {
  const rows = Array.from({ length: 12 }, (_, at) => {
    const arm = at % 2 === 0 ? "control" : "rules";
    const lines = arm === "control"
      ? ["wait now", "wait then", `wait ${at}`]
      : ["wait", "strike", `act ${at}`];
    return sessionOf(`s${at}`, lines, { arm, cluster: `s${at}`, reference_arm: "control" });
  }).flat();
  const scores = scoreLines(tableOf(rows));
  const effects = estimateEffects(scores, { outcome: "diversity", clusters: "session" });
  assertAlmostEquals(effects.get("estimate", 0), 0.5, 1e-12);
  assertEquals(effects.get("n", 0), 12);
});

Deno.test("scoreLines(answers) is bounded: hundreds of long lines take a moment", () => {
  const text = "word ".repeat(2000);
  const begun = performance.now();
  const scores = scoreLines(tableOf(sessionOf("s", Array.from({ length: 400 }, () => text))));
  assertEquals(scores.get("diversity", 0), 0);
  assert(performance.now() - begun < 10_000);
});
