/**
 * Rock, paper, scissors against five simple rivals: does it help to be asked first what the rival will show?
 *
 *     deno run -A examples/studies/beliefs.ts                                          # scripted players
 *     deno run -A examples/studies/beliefs.ts http://localhost:11434/v1 llama3.2        # a model
 *
 * Source: Fan, Chen, Jin and He 2024, Can large language models serve as rational players in game theory?, AAAI, arXiv
 * 2312.05488.
 * Faithful: rivals whose next hand follows from what was shown (the same, a copy, what beats one's last, a loop) or is
 * drawn with unequal chances; the mean pay-off as the score; beliefs that are asked for, hinted at, or left alone.
 * Not: in the source the kinds of belief belong to another game, the ring; words, rounds and ages are ours, and rival and
 * kind of belief are randomised.
 *
 * @module
 */
import {
  assignTreatments,
  choice,
  declareDesign,
  declareFactorial,
  estimateEffects,
  planExperiment,
  scriptedRespondent,
  type Table,
  tableOf,
} from "@understudy/understudy";
import { stream } from "@understudy/understudy/core";
import { show } from "@understudy/understudy/kernel";
import {
  ask,
  declareProtocol,
  play,
  rockPaperScissors,
  rounds,
  scoreChoices,
  script,
  tell,
} from "@understudy/understudy/protocols";
import { respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const hands = ["rock", "paper", "scissors"];
const winner = (hand: string) => hands[(hands.indexOf(hand) + 1) % 3]!;

/** What a rival shows, by the hands so far, its own and the other's, and by a number from 0 to below 1. */
type Rival = (own: readonly string[], other: readonly string[], chance: number) => string;
const rivals: { readonly [rival: string]: Rival } = {
  constant: () => "scissors",
  copy: (_own, other) => other.at(-1) ?? "rock",
  counter: (_own, other) => winner(other.at(-1) ?? "scissors"),
  loop: (own) => ["paper", "rock", "scissors"][own.length % 3]!,
  mixed: (_own, _other, chance) => chance < 0.6 ? "rock" : chance < 0.8 ? "paper" : "scissors",
};
const hints: { readonly [belief: string]: string } = {
  none: "",
  implicit: " Think each time what it will show, then choose.",
  explicit: " You will be asked each time what you expect it to show.",
};
const design = declareDesign({
  factors: declareFactorial({
    factors: { belief: Object.keys(hints), rival: Object.keys(rivals) },
    text: "{{ belief }} against {{ rival }}",
  }),
  protocol: declareProtocol({
    roles: {
      subject: "",
      rival: script((s) => {
        const shownBy = (isOwn: boolean) =>
          s.answers.filter(({ item, role }) => item === "hand" && (role === "rival") === isOwn)
            .map(({ value }) => String(value));
        return rivals[s.level("rival")]!(shownBy(true), shownBy(false), s.draw("hand"));
      }),
    },
    steps: [
      tell((s) => `You will play ten rounds against the same player.${hints[s.level("belief")]}`),
      rounds(10, [
        ask([choice("expected", "What will the other player show?", hands)], {
          when: (s) => s.level("belief") === "explicit",
        }),
        play(rockPaperScissors(), { to: ["subject", "rival"] }),
      ]),
    ],
  }),
  stated: ["age"],
});
const ages = Array.from({ length: 180 }, (_, i) => ({ persona_id: `p${i + 1}`, age: 20 + i % 60 }));
const plan = planExperiment(assignTreatments(tableOf(ages), design, { seed: 1 }), design, { seed: 2 });
await showPlan(plan);

/** Knows the five rivals, and expects what the first would show that can be the one it has met; of a hint heeds half. */
const player = scriptedRespondent(({ messages, schema, seed }) => {
  const text = messages.map(({ content }) => content).join("\n");
  const played = [...text.matchAll(/you chose (\w+), the other player chose (\w+)/g)];
  const [own, other] = [1, 2].map((who) => played.map((hand) => hand[who]!));
  const met = Object.values(rivals).slice(0, 4).find((rival) =>
    other!.every((hand, at) => rival(other!.slice(0, at), own!.slice(0, at), 0) === hand)
  );
  const expected = (met ?? rivals.mixed!)(other!, own!, 0);
  if ("expected" in (schema!.schema.properties as object)) return JSON.stringify({ expected });
  const draws = stream(seed!, "hand");
  const heed = text.includes("be asked") ? 1 : text.includes("Think") ? 0.5 : 0;
  return JSON.stringify({ hand: draws.uniform() < heed ? winner(expected) : hands[draws.integer(3)] });
}, { name: "player who knows the rivals" });
const answers = await runPlan(plan, respondentOr(player), "beliefs", "p8");

const late = "d.role === 'subject' && d.round > 5";
const scored = scoreChoices(answers, rockPaperScissors(), { beliefs: "expected" })
  .filter(`d => ${late}`).objects() as { [column: string]: unknown }[];
await show(
  "CHOICES after round 5: shares that are the best reply, and (where it was asked for) the reply to what is expected",
  tableOf(design.treatments.arms.map(({ name }) => {
    const own = scored.filter(({ arm }) => arm === name);
    const share = (reply: string) => {
      const known = own.filter((row) => row[reply] !== null);
      return known.filter((row) => row[reply] === row.value).length / known.length;
    };
    return { arm: name, best_reply: share("best_reply"), reply_to_belief: share("reply_to_belief") };
  })),
);
const effects = Object.keys(rivals).map((rival) =>
  estimateEffects(
    answers.filter(`d => ${late} && d.item === 'payoff' && d.rival === '${rival}'`) as Table,
    { outcome: "payoff", arm: "belief", reference: "none" },
  )
);
await showEffects(
  effects.reduce((all, each) => all.concat(each) as Table),
  Object.fromEntries(
    Object.keys(rivals).flatMap((rival) => {
      const best = rival === "mixed" ? 0.4 : 1;
      return [[`explicit, ${rival}`, best], [`implicit, ${rival}`, best / 2]];
    }),
  ),
  "the best reply to a rival that is known gets 1, to the mixed one .4, and chance 0; who gets a hint takes half of it.",
);
