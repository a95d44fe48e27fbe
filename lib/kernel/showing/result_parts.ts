import type { Conjoint, Design, Plan, Treatments } from "../../core/experiment.ts";
import { type Displayable, escapeHtml, jupyterDisplay } from "../../core/format.ts";
import type { Item } from "../../core/item.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { RespondentRequest } from "../../core/respondent.ts";
import { columnOf, tableOf } from "../../core/table.ts";
import { visibleText } from "../../core/visible_text.ts";
import { boxHtml, foldHtml, quietHtml, shortText } from "../../core/view.ts";
import type { Repair } from "../../drift/mod.ts";
import { plotProtocol } from "../../plots/graph/plot_protocol.ts";
import { plotWorld } from "../../plots/graph/plot_world.ts";
import { writeProtocol } from "../../plots/graph/protocol_steps.ts";
import { plotRepair } from "../../plots/rows/plot_repair.ts";
import { comparePrompts } from "../../prompts/mod.ts";
import { planCosts } from "../../runner/mod.ts";
import { explainWorld } from "../../worlds/explain_world.ts";

/** What is shown of a result, part by part. */
// deno-lint-ignore no-explicit-any -- what has the properties of a kind is of the type that its function takes
type PartsOf = (value: any) => readonly unknown[] | Promise<readonly unknown[]>;

/** Results that do not show themselves, each with the properties by which it is known. */
const kinds: readonly (readonly [has: readonly string[], partsOf: PartsOf])[] = [
  [["trials", "assigned", "design", "summary"], planParts],
  [["treatments", "items", "stated", "reference"], designParts],
  [["iterations", "drift", "effects", "verdict"], repairParts],
  [
    ["cells", "attributes", "stimuli", "exposure"],
    (world) => [shown(plotWorld(world).html, explainWorld(world))],
  ],
  [["roles", "hears", "memory", "steps"], (protocol) => [protocolPart(protocol)]],
  [["messages", "replicate"], chatParts],
];

/** What is shown of a plan, a design, a prompt and other results, part by part; `undefined` of anything else. */
export async function resultParts(value: object): Promise<readonly unknown[] | undefined> {
  return await kinds.find(([has]) => has.every((name) => name in value))?.[1](value);
}

function shown(html: string, text: string): Displayable {
  return { [jupyterDisplay]: () => ({ "text/html": html, "text/plain": visibleText(text) }) };
}

function protocolPart(protocol: Protocol): Displayable {
  return shown(plotProtocol(protocol).html, writeProtocol(protocol));
}

const some = (count: number, noun: string) =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

async function planParts(plan: Plan): Promise<unknown[]> {
  const { summary, assigned, design } = plan;
  // Tokens need no price; who answers, and what that costs, a plan does not know.
  const costs = await planCosts(plan, { prices: { input: 0, output: 0 } });
  const tokens = (row: number) =>
    Object.fromEntries(["prompt_tokens", "completion_tokens"].map((name) => [name, costs.get(name, row)]));
  const calls = columnOf<number>(summary, "calls").reduce((sum, each) => sum + each, 0);
  const about = design.protocol === null ? "" : "about ";
  const people = new Set(columnOf(assigned, "persona_id")).size;
  return [
    `**Plan: ${about}${some(calls, "call")}** to ${some(people, "persona")} in ` +
    `${some(design.treatments.arms.length, "arm")}. Tokens are those of all calls, replies guessed; ` +
    "`await planCosts(plan, { respondent })` says what they cost.",
    tableOf(summary.objects().map((row, place) => ({ ...row, ...tokens(place) }))),
    comparePrompts(plan),
  ];
}

/** A box of a flow, and a column of such; its heading says how many there are. */
type Entry = readonly [name: string, says: string];
type Column = readonly [heading: string, entries: readonly Entry[]];

function textOf({ wordings }: Treatments["arms"][number]): string {
  const more = wordings.length > 1 ? ` (and ${some(wordings.length - 1, "other wording")})` : "";
  return shortText(wordings[0]!, 300) + more;
}

function designParts(design: Design): unknown[] {
  const { treatments, factors, conjoint, items, stated, reference, protocol, subjects } = design;
  const factorOf = ([name, levels]: [string, readonly unknown[]]): Entry => [name, levels.join(" / ")];
  const profileColumn = ({ tasks, profiles, features }: Conjoint): Column => {
    const entries = Object.entries(features).map(([name, { levels }]) => factorOf([name, levels]));
    return [`→ ${tasks} × ${profiles} profiles`, entries];
  };
  const armOf = (arm: typeof treatments.arms[number]): Entry => {
    const share = subjects === "within" ? "" : `, ${Math.round(100 * design.probabilities[arm.name]!)}%`;
    return [`${arm.name}${share}${arm.name === reference ? ", reference" : ""}`, textOf(arm)];
  };
  const itemOf = ({ name, text, kind, options }: Item): Entry => {
    return [name, `${text} (${kind}${options === undefined ? "" : `: ${options.join(" / ")}`})`];
  };
  const arms = some(treatments.arms.length, "arm");
  const below = [
    `Assignment ${design.assignment}, ${subjects} subjects`,
    design.blocks.length > 0 && `in blocks of ${design.blocks.join(" and ")}`,
    design.clusters !== null && `by ${design.clusters}`,
    protocol === null && `questions ${design.ask}, in ${design.itemOrder} order`,
  ].filter(Boolean).join("; ");
  return [
    flow([
      ["The model is told of each persona", [[stated.join(", ") || "nothing", "It imagines the rest."]]],
      [
        subjects === "within" ? `→ all ${arms}, in random order` : `→ one of ${arms}, at random`,
        factors === null ? treatments.arms.map(armOf) : Object.entries(factors).map(factorOf),
      ],
      ...(conjoint === null ? [] : [profileColumn(conjoint)]),
      [`→ ${some(items.length, "question")}`, items.map(itemOf)],
    ], `${below}.`),
    ...(protocol === null ? [] : [protocolPart(protocol)]),
  ];
}

/** Columns of boxes, each of which leads to the next; below each other where there is no room beside. */
function flow(columns: readonly Column[], below = ""): Displayable {
  const few = columns.map(([heading, entries]): Column => [heading, entries.slice(0, 20)]);
  const box = ([name, says]: Entry) => boxHtml(`<b>${escapeHtml(name)}</b>${quietHtml(escapeHtml(says))}`);
  const html = few.map(([heading, entries]) =>
    `<div style="flex:1 1 12em;min-width:0"><b>${escapeHtml(heading)}</b>${entries.map(box).join("")}</div>`
  );
  const line = (entry: Entry) => `\n  ${entry.join(": ")}`;
  const text = few.map(([heading, entries]) => heading + entries.map(line).join(""));
  return shown(
    `<div style="display:flex;flex-wrap:wrap;gap:.5em 1.5em;line-height:1.45">${html.join("")}</div>` +
      quietHtml(escapeHtml(below)),
    [...text, below].join("\n"),
  );
}

/** A prompt as a chat: who says what, and the form in which the answer is wanted. */
function chatParts({ messages, schema }: RespondentRequest): unknown[] {
  const said = messages.map(({ role, content }) =>
    `<b>${escapeHtml(role)}</b>${boxHtml(escapeHtml(content))}`
  );
  const form = JSON.stringify(schema?.schema, null, 1);
  if (form !== undefined) said.push(foldHtml("The reply must fit a schema", boxHtml(escapeHtml(form))));
  const text = messages.map(({ role, content }) => `${role}:\n${content}`).join("\n\n");
  return [shown(`<div style="max-width:48em;line-height:1.45">${said.join("")}</div>`, text)];
}

function repairParts(repair: Repair): unknown[] {
  return [`Drift: **${repair.verdict}**; ${repair.reason}.`, plotRepair(repair), repair.iterations];
}
