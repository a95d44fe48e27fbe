/**
 * A masked node of a network of papers: does a team that reads what the paper cites come closer to writing it?
 *
 *     deno run -A examples/studies/masked_node.ts                                          # scripted researchers
 *     deno run -A examples/studies/masked_node.ts http://localhost:11434/v1 llama3.2        # a model
 *     deno run -A examples/studies/masked_node.ts http://localhost:11434/v1 llama3.2 nomic-embed-text
 *
 * Source: Yu, Hong, Cheng, Zhu, Xuan, Yao, Feng and You 2025, ResearchTown, ICML, arXiv 2412.17767.
 * Faithful: a paper's text is hidden and written again by its authors from the papers that it cites; each author tells an
 * insight and then an idea, the leader merges them, reviewers find flaws and score, a chair decides; the result is scored by
 * its likeness to what was hidden, here ROUGE-L or, with a third argument, how near embeddings are.
 * Not: twelve made-up papers of one sentence, where the source has answers to five questions about real papers; no
 * rebuttal; what authors read is randomised, all of a paper's neighbours or none.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  estimateEffects,
  number,
  planExperiment,
  scriptedRespondent,
  type Table,
  tableOf,
  text,
  yesNo,
} from "@understudy/understudy";
import { scoreLines } from "@understudy/understudy/audit";
import { stream } from "@understudy/understudy/core";
import { scoreSimilarity } from "@understudy/understudy/fidelity";
import {
  ask,
  declareProtocol,
  edges,
  type Hearing,
  model,
  say,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { openAiEmbedder } from "@understudy/understudy/respondents";
import { respondentOr, runPlan, showEffects, showPlan } from "./study.ts";

// Each paper: of what and of which method it cites a paper, and where its authors work.
const papers = [
  "rainfall kriging deserts, grief diaries hospitals, rumours surveys villages, erosion lidar valleys",
  "wages registers ports, noise dosimeters schools, trust games markets, fatigue actigraphy airlines",
  "turnout censuses suburbs, pollen traps vineyards, sleep interviews barracks, debt audits towns",
].join(", ").split(", ").map((words, at) => {
  const [topic, method, place] = words.split(" ");
  const cited = `A paper on ${topic}, of which little is known. A paper on ${method}, a way to find out.`;
  const node = { session: `paper_${at + 1}`, cited, expertise: `research in ${place}` };
  return { node, masked: `We measure ${topic} with ${method} in ${place}.` };
});
const hidden = Object.fromEntries(papers.map(({ node, masked }) => [node.session, masked]));
const seats = ["theorist", "methodologist", "leader", "reviewer", "reviewer"];
const people = papers.flatMap(({ node }) =>
  seats.map((role, at) => ({ ...node, persona_id: `${node.session}_${at + 1}`, role, seat: at + 1 }))
);
const network = people.flatMap(({ session, persona_id, seat }) => {
  const heard = seat <= 2 ? [1, 2, 3] : seat === 3 ? [1, 2, 4, 5] : [3];
  const hearers = heard.filter((other) => other !== seat).map((other) => `${session}_${other}`);
  return [...hearers, ...(seat >= 3 ? ["chair"] : [])].map((to) => ({ from: persona_id, to }));
});

const team = seats.slice(0, 3);
const inTeam: Hearing = (_, to) => team.includes(to.role);
const together = { by: team, order: "at once", hears: inTeam } as const;
const score = number("score", "Your score, from 1 to 10?", { minimum: 1, maximum: 10 });
const design = declareDesign({
  treatments: declareTreatments({
    none: "Your team plans a paper.",
    neighbours: "Your team plans a paper. You have all read: {{ cited }}",
  }),
  protocol: declareProtocol({
    roles: {
      theorist: "You look for what is not known.",
      methodologist: "You look for ways to find out.",
      leader: "You lead the team.",
      reviewer: "You review papers.",
      chair: model("You chair a conference, and accept few papers."),
    },
    hears: edges(tableOf(network), { directed: true }),
    steps: [
      tell(treatment(), { to: team }),
      say({ ...together, prompt: "Your insight, in one sentence: what matters here?", name: "insight" }),
      say({ ...together, prompt: "Your idea, in one sentence: what should we do?", name: "idea" }),
      say({ by: "leader", prompt: "Merge the ideas: We measure … with … in …", name: "paper" }),
      ask([text("flaws", "What are its flaws?"), score], { to: "reviewer", heard: "after", name: "review" }),
      ask([yesNo("accept", "Do you accept the paper?")], { to: "chair", name: "decision" }),
    ],
  }),
  stated: ["expertise"],
  subjects: "within",
  reference: "none",
});
const plan = planExperiment(assignTreatments(tableOf(people), design, { seed: 1 }), design, { seed: 2 });
await showPlan(plan);

/** Find what a paper that they have read is on in seven of ten cases; else their line is vague, and reviewers mind that. */
const researchers = scriptedRespondent(({ messages, schema, seed }) => {
  const [system, last] = [messages[0]!.content, messages.at(-1)!.content];
  const seen = messages.map(({ content }) => content).join("\n");
  const find = (pattern: RegExp) => pattern.exec(seen)?.[1] ?? "something";
  const names = Object.keys(schema?.schema.properties ?? {});
  if (names.includes("accept")) {
    return JSON.stringify({ accept: /score: [1-8]\b/.test(seen) ? "no" : "yes" });
  }
  if (names.includes("score")) {
    const vague = seen.match(/something/g)?.length ?? 0;
    return JSON.stringify({ flaws: vague === 0 ? "None." : "It is vague.", score: 9 - 3 * vague });
  }
  if (last.includes("Merge")) {
    return `We measure ${find(/measure (\w+)\./)} with ${find(/use (\w+)\./)} in ${
      find(/research in (\w+)/)
    }.`;
  }
  if (system.includes("lead the team")) return "We should agree.";
  if (last.includes("Your idea")) return messages.findLast(({ role }) => role === "assistant")!.content;
  const read = stream(seed!, "reads").uniform() < 0.7;
  return system.includes("ways to find out")
    ? `We should use ${read ? find(/on (\w+), a way/) : "something"}.`
    : `We should measure ${read ? find(/on (\w+), of which/) : "something"}.`;
}, { name: "researchers" });
const answers = await runPlan(plan, respondentOr(researchers), "masked_node", "paper_1");

type Row = { readonly [column: string]: unknown };
const rowsOf = (item: string) => (answers.objects() as Row[]).filter((row) => row.item === item);

/** How like each paper is to the one that was hidden: ROUGE-L, or the share of nearness that is to it and not to others. */
async function scoreLikeness(embedder: string | undefined): Promise<Row[]> {
  const written = rowsOf("paper");
  if (embedder === undefined) {
    const masked = written.map((row) => ({ ...row, member: "masked", value: hidden[String(row.session)] }));
    const scored = scoreLines(tableOf([...written, ...masked])).objects() as Row[];
    return scored.map((row) => ({ ...row, likeness: 1 - Number(row.diversity) }));
  }
  const embed = openAiEmbedder({ model: embedder, baseURL: Deno.args[0]! });
  const scored = await scoreSimilarity(tableOf(written), { outcome: "paper", anchors: [hidden], embed });
  return (scored.objects() as Row[]).map((row) => (
    { ...row, likeness: Object(row.distribution)[String(row.session)] ?? NaN }
  ));
}

const results = (await scoreLikeness(Deno.args[2])).map(({ session, arm, likeness }) => {
  const mean = (item: string) => {
    const own = rowsOf(item).filter((row) => row.session === session && row.arm === arm);
    return own.reduce((sum, { value }) => sum + Number(value ?? NaN), 0) / own.length;
  };
  return { persona_id: session, arm, likeness, score: mean("score"), accept: mean("accept") };
});
const effects = ["likeness", "score", "accept"]
  .map((outcome) => estimateEffects(tableOf(results), { outcome, reference: "none" }));
await showEffects(
  effects.reduce((all, each) => all.concat(each) as Table),
  { likeness: 2 * 0.7 / 7, score: 2 * 0.7 * 3, accept: 0.7 ** 2 },
  "two of seven words are found with chance .7 each, never without reading; for each that is missing the score is 3 lower.",
);
