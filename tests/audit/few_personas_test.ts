import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkCorrectAnswers, checkDiversity } from "@understudy/understudy/audit";
import { stream, type Table, tableOf } from "@understudy/understudy/core";

function answersOf(values: readonly unknown[], persona: readonly unknown[] = values.map((_, i) => i)): Table {
  return tableOf({ persona_id: persona, item: values.map(() => "trust"), value: values });
}

const people = answersOf(Array.from({ length: 30 }, (_, i) => 1 + i % 5));

Deno.test("checkDiversity(answers) does not call one persona's answers less diverse than people's", () => {
  for (const persona of [["p"], Array(20).fill("p"), ["p", "q", "r", "s"]]) {
    const check = checkDiversity(answersOf(persona.map((_, i) => 1 + i % 5), persona), { human: people });
    assertEquals([check.get("verdict", 0), check.get("p_value", 0)], ["cannot tell", NaN]);
    assertMatch(check.get("reason", 0), /too few personas to tell: [14], of at least 5/);
  }
  const check = checkDiversity(people, { human: answersOf([1, 2, 3, 4]) });
  assertMatch(check.get("reason", 0), /too few people to tell: 4/);
});

Deno.test("checkDiversity(answers) rejects in no more than about 5% of studies with the fewest personas checked", () => {
  const studies = 300;
  for (
    const draw of [(u: number) => Math.round(100 * u), (u: number) => ["a", "b", "c"][Math.floor(3 * u)]!]
  ) {
    let rejected = 0;
    for (let study = 0; study < studies; study++) {
      const random = stream(study, "few personas");
      const values = (n: number) => Array.from({ length: n }, () => draw(random.uniform()));
      const check = checkDiversity(answersOf(values(5)), { human: answersOf(values(30)) });
      if ((check.get("p_value", 0) as number) < 0.05) rejected++;
    }
    // Four Monte-Carlo errors above 5%.
    assert(rejected / studies < 0.05 + 4 * Math.sqrt(0.05 * 0.95 / studies), `${rejected} of ${studies}`);
  }
});

Deno.test("checkCorrectAnswers(answers) does not take few personas' agreement for that of everybody", () => {
  for (const persona of [["p"], Array(20).fill("p"), ["p", "q", "r", "s"]]) {
    const check = checkCorrectAnswers(answersOf(persona.map(() => 3), persona));
    assertEquals([check.get("verdict", 0), check.get("statistic", 0)], ["cannot tell", 1]);
    assertMatch(check.get("reason", 0), /too few personas/);
  }
  const check = checkCorrectAnswers(answersOf(Array(5).fill(3)));
  assertEquals([check.get("verdict", 0), check.get("n", 0)], ["cannot tell", 5]);
});

Deno.test("a share of one persona that contradicts itself has an interval as wide as one observation leaves it", () => {
  const check = checkCorrectAnswers(answersOf([3, 3, 3, 3, 1, 2, 4, 5], Array(8).fill("p")));
  const [low, high] = [check.get("conf_low", 0) as number, check.get("conf_high", 0) as number];
  assert(low < 0.15 && high > 0.85, `${low} to ${high}`);
});
