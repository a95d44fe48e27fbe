import { assertEquals } from "@std/assert";
import { type Game, type Respondent, type Step, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice } from "@understudy/understudy/items";
import {
  ask,
  assignGroups,
  declareProtocol,
  dictatorPairs,
  elevenTwenty,
  play,
  prisonersDilemma,
  publicGoods,
  ringGame,
  rockPaperScissors,
  rounds,
  scoreChoices,
  script,
  tell,
  treatment,
  trustGame,
  ultimatumGame,
} from "@understudy/understudy/protocols";
import { rationalRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const treatments = declareTreatments({
  control: "It is a quiet day.",
  threat: "Troops gather at the border.",
});

/** The answers of four sessions that read the arm's text and then go through the steps. */
async function answersOf(
  respondent: Respondent,
  { players, steps, roles = {} }: {
    players: number;
    steps: readonly Step[];
    roles?: { readonly [role: string]: ReturnType<typeof script> };
  },
): Promise<Table> {
  const persona_id = Array.from({ length: 4 * players }, (_, i) => `p${i}`);
  const personas = tableOf({ persona_id, age: persona_id.map((_, i) => 20 + i) });
  const groups = assignGroups(personas, { size: players, seed: 1 });
  const protocol = declareProtocol({
    roles: { subject: "", ...roles },
    steps: [tell(treatment()), ...steps],
  });
  const design = declareDesign({ treatments, protocol, clusters: "session", stated: ["age"] });
  const plan = planExperiment(assignTreatments(groups, design, { seed: 1 }), design, { seed: 1 });
  return await runExperiment(plan, respondent);
}

const isBest = (scored: Table) =>
  [...scored.array("value")].map((value, row) => value === scored.get("best_reply", row));

Deno.test("a rational respondent makes the best choice in every game that has one, as sessions play it", async () => {
  const games: readonly (readonly [Game, players: number, choices: number])[] = [
    [dictatorPairs(), 1, 4],
    [dictatorPairs({ motive: "equality" }), 2, 4],
    [dictatorPairs({ motive: "altruism" }), 1, 4],
    [dictatorPairs({ motive: "common_interest" }), 1, 4],
    [ringGame({ dominant: "b" }), 4, 4],
    [publicGoods({ endowment: 10, multiplier: 2 }), 4, 4],
    [prisonersDilemma({ T: 300, R: 200, P: 100, S: 0 }), 2, 2],
    // Nothing is sent, so that nothing can be returned.
    [trustGame({ endowment: 10 }), 2, 1],
    [ultimatumGame({ amount: 100, unit: 5 }), 2, 2],
  ];
  for (const [game, players, choices] of games) {
    const steps = [tell(game.rules), rounds(3, [play(game)])];
    const answers = await answersOf(rationalRespondent(game), { players, steps });
    assertEquals(isBest(scoreChoices(answers, game)), Array(4 * 3 * choices).fill(true), game.name);
  }
});

Deno.test("in 11–20 a rational respondent makes requests of the equilibrium, as sessions play it", async () => {
  const game = elevenTwenty();
  const answers = await answersOf(rationalRespondent(game), {
    players: 2,
    steps: [rounds(10, [play(game)])],
  });
  const requests = [...scoreChoices(answers, game).array("value")] as number[];
  assertEquals(requests.length, 80);
  assertEquals(requests.every((request) => request >= 15 && request <= 20), true);
  assertEquals(new Set(requests).size > 3, true);
});

Deno.test("the ring played twice tells the order of rationality: player i changes where it is at least 5 − i", async () => {
  const rings = (["b", "a"] as const).map((dominant) => ringGame({ dominant }));
  const steps = rings.map((game) => play(game, { told: false }));
  const playAt = async (level?: number) => {
    const respondent = rationalRespondent(rings, level === undefined ? {} : { level });
    return await answersOf(respondent, { players: 4, steps });
  };
  for (let level = 0; level <= 4; level++) {
    const answers = await playAt(level);
    const [first, second] = ["'play'", "'play 2'"].map((step) => answers.filter(`d => d.step === ${step}`));
    const actions = (played: Table, game: Game) => [...scoreChoices(played, game).array("value")];
    assertEquals(actions(second!, rings[1]!), Array(16).fill("a"));
    const order = (player: number) => level >= 5 - player ? "b" : "a";
    const places = [...scoreChoices(first!, rings[0]!).array("player")] as number[];
    assertEquals(actions(first!, rings[0]!), places.map(order));
  }
  const answers = await playAt();
  rings.forEach((game, at) => {
    const played = answers.filter(at === 0 ? "d => d.step === 'play'" : "d => d.step === 'play 2'");
    assertEquals(isBest(scoreChoices(played, game)), Array(16).fill(true));
  });
});

Deno.test("against a scripted loop who believes right wins every round, and a stated belief has its best reply", async () => {
  const game = rockPaperScissors();
  const loop = ["paper", "rock", "scissors"];
  const belief = choice("belief", "What will the other show?", loop);
  const roles = { rival: script(({ round }) => loop[(round - 1) % 3]!) };
  const everybody = () => true;
  const played = rounds(6, [ask([belief], { to: "subject" }), play(game, { to: everybody })]);
  const believing = rationalRespondent(game, { beliefs: "belief" });
  const answers = await answersOf(believing, { players: 1, steps: [tell(game.rules), played], roles });
  const scored = scoreChoices(answers, game, { beliefs: "belief" });
  const rows = scored.objects().map((row) => Object(row)).filter(({ role }) => role === "subject");
  assertEquals(rows.length, 24);
  for (const { value, reply_to_belief, best_reply, regret, belief, round } of rows) {
    assertEquals(value, reply_to_belief);
    const right = belief === loop[(round - 1) % 3];
    assertEquals(value === best_reply, right);
    assertEquals(regret === 0, right);
  }
});

Deno.test("a choice that is missing leaves those who would reply to it unasked, and the play without a score", async () => {
  const game = trustGame({ endowment: 10 });
  const silent = scriptedRespondent("I would rather not say.");
  const answers = await answersOf(silent, { players: 2, steps: [play(game)] });
  const scored = scoreChoices(answers, game);
  assertEquals([...scored.array("item")], Array(4).fill("sent"));
  assertEquals([...scored.array("regret")], Array(4).fill(NaN));
  const payoffs = answers.objects().map((row) => Object(row)).filter(({ kind }) => kind === "payoff");
  assertEquals(payoffs.map(({ value }) => value), Array(8).fill(NaN));
});
