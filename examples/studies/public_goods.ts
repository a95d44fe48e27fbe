/**
 * Public goods with partners and with strangers: does it matter that one meets the same people again?
 *
 *     deno run -A examples/studies/public_goods.ts                                          # scripted players
 *     deno run -A examples/studies/public_goods.ts http://localhost:11434/v1 llama3.2        # a model
 *
 * Source: Andreoni 1988, Why free ride? Strategies and learning in public goods experiments, Journal of Public Economics
 * 37:291-304.
 * Faithful: the comparison of partners, who stay together, with strangers, who are matched anew in every round; everyone is
 * told which it is; a point in the pot brings half a point to each of the group; after a round each learns what was given (here by whom, too) and
 * earned.
 * Not: groups are of 4 and not of 5, there are 5 rounds and not 10, points are no money, and nobody is surprised by a
 * restart. Strangers are drawn from the 8 of a session, so that some meet again; sessions are randomised, and are the clusters
 * of the estimates.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  estimateEffects,
  planExperiment,
  scriptedRespondent,
  type Table,
  tableOf,
} from "@understudy/understudy";
import { stream } from "@understudy/understudy/core";
import { estimateMeans } from "@understudy/understudy/estimation";
import { show } from "@understudy/understudy/kernel";
import {
  assignGroups,
  declareProtocol,
  groups,
  play,
  publicGoods,
  rounds,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

const treatments = declareTreatments({
  strangers:
    "You will play several rounds, each with three other people, who are drawn anew before every round.",
  partners: "You will play several rounds, each with three other people, who are the same in all rounds.",
});
/** How many rounds are played. */
const played = 5;
const matching = { strangers: groups(4, "random"), partners: groups(4, "keep") };
const design = declareDesign({
  treatments,
  protocol: declareProtocol({
    steps: [
      tell(treatment()),
      rounds(played, [
        play(publicGoods({ endowment: 10, multiplier: 2 }), {
          hears: (from, to, s) => matching[s.arm as keyof typeof matching](from, to, s),
        }),
      ]),
    ],
  }),
  stated: ["trust"],
  clusters: "session",
  reference: "strangers",
});
const personas = tableOf(
  Array.from({ length: 96 }, (_, i) => ({ persona_id: `p${i + 1}`, trust: i % 2 === 0 ? "low" : "high" })),
);
const assigned = assignTreatments(assignGroups(personas, { size: 8, seed: 1 }), design, { seed: 2 });
const plan = planExperiment(assigned, design, { seed: 3 });
await showPlan(plan);

/** Begins with 5 or 7 points, and then gives what all four gave on average, less half a point or, to strangers, a whole. */
const conditional = scriptedRespondent(({ messages, seed }) => {
  const text = messages.map(({ content }) => content).join("\n");
  const last = text.match(/In this game .*/g)?.at(-1);
  const given = [...(last ?? "").matchAll(/chose (\d+)/g)].map(([, points]) => Number(points));
  const wanted = last === undefined
    ? text.includes("trust is high") ? 7 : 5
    : given.reduce((sum, points) => sum + points, 0) / given.length -
      (text.includes("same in all rounds") ? 0.5 : 1);
  // Whole points, so drawn that their mean is what is wanted.
  return JSON.stringify({ contribution: Math.floor(wanted + stream(seed!, "whole points").uniform()) });
}, { name: "conditional cooperators" });
const answers = await runPlan(plan, respondentOr(conditional), "public_goods", "g1");

const byRound = Array.from({ length: played }, (_, at) => at + 1).map((round) =>
  answers.filter(`d => d.round === ${round} && d.item === 'contribution'`) as Table
);
await show(
  "CONTRIBUTIONS, by round",
  tableOf(byRound.flatMap((own, at) =>
    estimateMeans(own, { outcome: "contribution", by: "arm" })
      .select("term", "estimate", "std_error", "n").objects()
      .map((row) => ({ round: at + 1, ...row }))
  )),
);
const effects = byRound.map((own) => estimateEffects(own, { outcome: "contribution" }));
await showEffects(
  effects.reduce((all, each) => all.concat(each) as Table),
  Object.fromEntries(byRound.map((_, at) => [`round ${at + 1}`, at / 2])),
  "both arms begin alike, and in each further round partners lose half a point less; who copies a mean keeps it.",
);
