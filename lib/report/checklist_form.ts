import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";

/** What the author says, by the names that open questions have: a text, or one for each model. */
export type AuthorAnswers = { readonly [question: string]: string | { readonly [model: string]: string } };

/** An item of a form: sentences with {facts}, and what only the author knows, by name. */
export interface FormItem {
  readonly list: string;
  readonly item: string;
  readonly title: string;
  readonly sentences: readonly string[];
  readonly questions: { readonly [name: string]: string };
}

/**
 * The form: GUIDE-LLM (Nature Human Behaviour 2026), paraphrased, and what we add. A sentence with a {fact} that is not known
 * is left out; a question is not asked where a fact of the same name is known.
 */
const form = `
# GUIDE-LLM
A.1 Purpose
{purpose}: {personas} personas, asked {questions}. The answers are synthetic and no respondents'.
? purpose: what the model was used for, beyond what the design says
A.2 Automation
{answers} answers were read from the replies by rules; the toolkit chooses none and edits none.
? oversight: how far a person looked at, chose among or changed what the model answered
B.1 Model
Answered as {model that answered}.
Asked for as {model asked for} at {endpoint}.
Used {dates}.
? dates: when the model was used
? modelSize: how many weights the model has, or that this is not published
? modelLink: a link to the model or its documentation
B.2 Access
Requests by program: {calls planned} calls planned, {requests} requests, {requests answered from the store} of them from the store.
B.3 Settings
Sent: {settings}.
Replies of a persona in an arm: {replicates}. Seed of the plan: {seed}.
? settings: temperature, top-p, token limit, penalties, reasoning effort
? quantisation: how the weights were quantised
B.4 Customisation
The toolkit's requests hold messages and the form of the reply: no tools, no retrieval, no web access.
? customisation: fine-tuning, retrieval, prompt optimisation, tools or web access behind the endpoint
B.5 Memory
What is remembered: {memory}.
C.1 Prompts
C.2 System instructions
D.1 Personal data
Stated of a persona: {told of each person}.
? personalData: whether prompts held data of real persons, and how these were protected
E.1 Validation against people
Held against people: {validation}.
? validation: how outputs were checked against people
E.2 Filtering
Answers by status: {statuses}. What gives no value stays a row, with its reason and its text.
Estimators note: {exclusions}.
F.1 Code
Understudy {Understudy}, Deno {Deno}. Design {hash of the design (SHA-256)}, requests {hash of all requests (SHA-256)}.
? code: where the code, the notebook and the replies are
G.1 Funding
? funding: who paid for the study and the model
# GUIDE-LLM, optional
O.1 Choice of model and prompts
Models in this study: {models}.
? modelChoice: why this model
? promptRationale: why the prompts are worded so
O.2 Leakage and bias
{audit}
? leakage: whether the model can have seen the study or its results
? bias: which biases of the model matter here
O.3 Transcripts
The store has {stored} requests with their replies, by request_key.
O.4 Ethics
? ethics: what ethical review there was
O.5 Computing and cost
Tokens: {prompt tokens} of prompts, {completion tokens} of replies.
? cost: what calls and computing cost
# Understudy's extension for synthetic experiments
U.1 Population
{personas} personas.
? population: which population the personas stand for, and where their attributes come from
U.2 Attributes
Stated: {told of each person}. Known, not stated, and so left to the model: {left out}.
U.3 Assignment
Design: {design}; probabilities {probabilities}. Personas by arm: {personas by arm}.
U.4 Different prompts by arm
By arm: {different prompts by arm}. Personas with the same text are one draw at temperature 0.
U.5 Missing answers by arm
Answers by status. {statuses by arm}.
U.6 Negative controls
{controls}
? controls: negative controls, and what they could have excluded (the table drift)
U.7 Repairs, all of them
{repairs}
? repairs: all repairs of drift that were tried (the table repair)
U.8 Calibration sample
{calibrated}
? humanSample: who was asked of people, and with which probabilities
U.9 Baselines
{baselines}
? baselines: what less than a model of persons would score (the table fidelity)
U.10 Configurations tried
{configurations}
? configurations: how many models, wordings and settings were tried, those not reported too (specifications)
`;

/** The sentences of the methods paragraph, by the same rule; what is the same of several models is said once. */
export const methodsSentences: readonly string[] = [
  "{personas} simulated personas took part, and {human respondents}; {model that answered} answered for the personas.",
  "A persona's text stated {told of each person}, and nothing else of it.",
  "Design: {design}; personas by arm: {personas by arm}.",
  "Questions: {questions}; {memory}.",
  "{calls planned} calls were planned and {requests} requests made.",
  "The model was asked {dates}.",
  "Sent with each request: {settings}.",
  "Of {answers} answers, by arm: {statuses by arm}.",
  "Estimates, from synthetic answers where a row does not say otherwise: {estimates}.",
  "Negative controls, in synthetic answers: {controls}.",
  "Repairs, in synthetic answers: {repairs}.",
  "Held against people: {validation}.",
  "Configurations, of synthetic answers: {configurations}.",
  "Synthetic answers are a model's, not respondents' (AAPOR 2026; ICC/ESOMAR 2025).",
];

export const formItems: readonly FormItem[] = form.trim().split("# ").slice(1).flatMap((part) => {
  const [list, ...lines] = part.trim().split("\n") as [string, ...string[]];
  const starts = [...lines.keys()].filter((at) => /^[A-Z]\.\d/.test(lines[at]!));
  return starts.map((start, place) => {
    const [, item, title] = /^(\S+) (.*)$/.exec(lines[start]!)!;
    const own = lines.slice(start + 1, starts[place + 1]);
    const asked = own.flatMap((line) => /^\? (\w+): (.*)$/.exec(line)?.slice(1) ?? []);
    const pairs = asked.flatMap((name, at) => at % 2 === 0 ? [[name, asked[at + 1]!]] : []);
    const sentences = own.filter((line) => !line.startsWith("? "));
    return { list, item: item!, title: title!, sentences, questions: Object.fromEntries(pairs) };
  });
});

/** Checks the author's answers: known questions and models, no empty text, no "N/A" without a reason. */
export function checkAuthor(action: string, author: AuthorAnswers, models: readonly string[]): void {
  checkOptions(action, author, formItems.flatMap(({ questions }) => Object.keys(questions)));
  for (const [name, given] of Object.entries(author)) {
    const byModel = typeof given === "object" && given !== null;
    if (byModel) checkOptions(action, given, models);
    for (const text of byModel ? Object.values(given) : [given]) {
      const rule = "be a text, or one for each model";
      if (typeof text !== "string" || text.trim() === "") {
        throw new TypeError(cannot(action, `author.${name}`, rule, text));
      }
      if (!/^\s*(n\s?\/?\s?a|not applicable)[\s.:–-]*$/i.test(text)) continue;
      const why = 'say why it does not apply, as in "N/A: the model is our own"';
      throw new RangeError(cannot(action, `author.${name}`, why, text));
    }
  }
}
