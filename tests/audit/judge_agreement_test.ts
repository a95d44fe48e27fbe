import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { estimateAgreement } from "@understudy/understudy/audit";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import golden from "../golden/judge_agreement.json" with { type: "json" };

type Rating = number | string | null;

/** Judgements of lines in the long form of answers: sessions of five lines, a row for each judge and line. */
function judgements(judges: { readonly [judge: string]: readonly Rating[] }, perSession = 5): Table {
  return tableOf(
    Object.entries(judges).flatMap(([member, ratings]) =>
      ratings.map((value, at) => ({
        ...{ session: `s${Math.floor(at / perSession)}`, arm: "a", replicate: 1, line: at % perSession },
        ...{ persona_id: `p${at}`, member, role: member, kind: "answer", step: member, item: "rude", value },
      }))
    ),
  );
}

const rowOf = (table: Table, estimator: string) =>
  (table.objects() as { [column: string]: number | string }[]).find((row) => row.estimator === estimator)!;

for (const { id, first, second, alpha, kappa, share } of golden.cases) {
  Deno.test(`estimateAgreement(${id}) has Krippendorff's alpha, Cohen's kappa and the share of the Python packages`, () => {
    for (const scale of ["nominal", "ordinal", "interval"] as const) {
      const table = estimateAgreement(judgements({ first, second }), { item: "rude", scale });
      assertAlmostEquals(rowOf(table, "krippendorff_alpha").estimate as number, alpha[scale], 1e-10);
      const expected = scale === "nominal" ? kappa.nominal : kappa.quadratic;
      assertAlmostEquals(rowOf(table, "cohen_kappa").estimate as number, expected, 1e-10);
      assertAlmostEquals(rowOf(table, "cohen_kappa").share_agreeing as number, share, 1e-12);
    }
  });
}

const likert = golden.cases[0]!;

Deno.test("estimateAgreement(human) holds each judge against people, whose rows may be wide and in any order", () => {
  const model = judgements({ judge: likert.first, other: likert.second });
  const human = tableOf({
    line: likert.second.map((_, at) => at % 5).reverse(),
    session: likert.second.map((_, at) => `s${Math.floor(at / 5)}`).reverse(),
    rude: [...likert.second].reverse(),
  });
  const table = estimateAgreement(model, { item: "rude", human });
  assertEquals(table.array("arm"), ["judge", "judge", "other", "other"]);
  assertEquals(new Set(table.array("reference")), new Set(["human"]));
  assertEquals(table.get("scale", 0), "ordinal");
  assertAlmostEquals(table.get("estimate", 0), likert.alpha.ordinal, 1e-10);
  assertEquals(table.get("estimate", 2), 1);
});

Deno.test("estimateAgreement(answers) has the jackknife's error over sessions, and says what was left out", () => {
  const [first, second] = [[1, 0, 1, 1, 0, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1, 1, 0, null]];
  const table = estimateAgreement(judgements({ first, second }, 3), { item: "rude" });
  const measure = (rows: readonly number[]) => {
    const take = (of: readonly Rating[]) => rows.map((row) => of[row]!);
    return rowOf(
      estimateAgreement(judgements({ first: take(first), second: take(second) }, 3), { item: "rude" }),
      "cohen_kappa",
    )
      .estimate as number;
  };
  const without = [[3, 4, 5, 6, 7], [0, 1, 2, 6, 7], [0, 1, 2, 3, 4, 5]].map(measure);
  const mean = without.reduce((sum, value) => sum + value) / 3;
  const row = rowOf(table, "cohen_kappa");
  assertAlmostEquals(
    row.std_error as number,
    Math.sqrt(2 / 3 * without.reduce((sum, value) => sum + (value - mean) ** 2, 0)),
    1e-12,
  );
  assertEquals([row.df, row.n, row.scale], [2, 8, "nominal"]);
  assertStringIncludes(String(row.notes), "judged by one of the two and left out: 1");
  assert((row.conf_high as number) <= 1);
});

Deno.test("estimateAgreement(answers) has no estimate where nothing differs, and no interval of one session", () => {
  const same = estimateAgreement(judgements({ first: [1, 1, 1], second: [1, 1, 1] }), { item: "rude" });
  assertEquals(same.array("estimate"), [NaN, NaN]);
  assertStringIncludes(String(same.get("reason", 0)), "all judgements are the same");
  const one = estimateAgreement(judgements({ first: [1, 0, 1, 0], second: [1, 0, 0, 0] }), { item: "rude" });
  assertEquals([one.get("std_error", 0), one.get("conf_low", 0)], [NaN, NaN]);
  assert(one.get("reason", 0) !== "");
});

Deno.test("estimateAgreement(names) is nominal, and the errors say what to name", () => {
  const names = judgements({ a: ["mild", "rude", "mild"], b: ["mild", "rude", "rude"] });
  assertEquals(estimateAgreement(names, { item: "rude" }).get("scale", 0), "nominal");
  assertThrows(
    () => estimateAgreement(names, { item: "rude", scale: "interval" }),
    RangeError,
    "'scale' must be nominal",
  );
  assertThrows(
    () => estimateAgreement(names, { item: "rud" }),
    RangeError,
    "its items are rude; did you mean 'rude'",
  );
  assertThrows(
    () => estimateAgreement(judgements({ a: [1, 2] }), { item: "rude" }),
    RangeError,
    "'judges' must tell apart two judges or more",
  );
  assertThrows(
    () => estimateAgreement(names, { item: "rude", judged: "session" }),
    RangeError,
    "'judged' must tell apart what a judged, who judged one thing twice",
  );
});

Deno.test("estimateAgreement(answers): intervals of lines that are alike within sessions cover", () => {
  const studies = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 2000 : 150;
  const draw = (random: ReturnType<typeof stream>, sessions: number) => {
    const rate = (value: number) => Math.max(1, Math.min(7, Math.round(4 + 1.5 * value)));
    const rows = Array.from({ length: sessions }, () => {
      const [own, a, b] = [random.normal(), random.normal(), random.normal()];
      return Array.from({ length: 10 }, () => {
        const said = 0.55 * own + 0.84 * random.normal();
        return [0.27 * a + 0.42 * random.normal(), 0.27 * b + 0.42 * random.normal()].map((error) =>
          rate(said + error)
        );
      });
    }).flat();
    return judgements({ a: rows.map(([a]) => a!), b: rows.map(([, b]) => b!) }, 10);
  };
  const truth = estimateAgreement(draw(stream(1, "truth"), 400), { item: "rude" }).array(
    "estimate",
  ) as number[];
  const covered = [0, 0];
  for (let study = 0; study < studies; study++) {
    const found = estimateAgreement(draw(stream(1, "agreement", study), 8), { item: "rude" });
    truth.forEach((value, at) => {
      if (found.get("conf_low", at) <= value && value <= found.get("conf_high", at)) covered[at]!++;
    });
  }
  for (const count of covered) {
    assert(count / studies > 0.93 - 3.3 * Math.sqrt(0.93 * 0.07 / studies), `${covered} of ${studies}`);
  }
});
