import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  columnOf,
  jupyterDisplay,
  type Plan,
  type Table,
  tableOf,
  type View,
} from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { comparePrompts } from "@understudy/understudy/prompts";
import { composeReport, describeAnswers } from "@understudy/understudy/report";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const hostile =
  `<script>alert(1)</script>" onmouseover="alert(1)' </textarea></style></details>\u202etxt\x1b]0;x\x07\x1b[31m`;

/** Answers with so many of each arm, status and detail. */
function answersOf(
  counts: { readonly [key: string]: number },
  cells: { readonly [name: string]: unknown } = {},
) {
  const keys = Object.entries(counts).flatMap(([key, count]) => new Array<string>(count).fill(key));
  const [arm, status, status_detail] = [0, 1, 2].map((part) => keys.map((key) => key.split("|")[part] ?? ""));
  const fixed = Object.entries({ item: "fear", raw: "yes", reason: "because", ...cells });
  return tableOf({
    persona_id: keys.map((_, row) => `p${row}`),
    ...{ arm: arm!, status: status!, status_detail: status_detail! },
    value: status!.map((own) => own === "answered" ? 1 : null),
    ...Object.fromEntries(fixed.map(([name, value]) => [name, keys.map(() => value)])),
  } as Record<string, unknown[]>);
}

const shownOf = (view: View) =>
  (view.table.objects() as Record<string, unknown>[]).map((row) => [row.answers, row.shown]);

Deno.test("describeAnswers(answers) shows each arm and status, however rare, and counts what it does not show", () => {
  const answers = answersOf({
    "control|answered": 5000,
    "control|refused|words": 1,
    "threat|answered": 5000,
    "threat|refused|filter": 3,
    "threat|refused|words": 40,
    "threat|empty": 7,
  });
  const view = describeAnswers(answers, { maximumAnswers: 20 });
  assertEquals(shownOf(view), [[5000, 4], [1, 1], [5000, 4], [3, 3], [40, 4], [7, 4]]);
  assertStringIncludes(
    view.text,
    "10051 answers to all questions; 20 of them here, some of each arm and status.",
  );
  assertStringIncludes(view.text, "threat · refused (filter): 3\n");
  assertStringIncludes(view.text, "threat · refused (words): 40 (4 shown)\n  p10004 fear: because");
  assertEquals(view.html.split("<details").length - 1, 6 + 20);
  assertEquals(describeAnswers(answers, { maximumAnswers: 20 }).html, view.html);
  const few = describeAnswers(answers, { maximumAnswers: 2 });
  assertStringIncludes(
    few.text,
    "2 of them here, some of each arm and status; none of 4 further arms and statuses.",
  );
});

Deno.test("describeAnswers(answers) lets buttons choose arm and status without a script, and groups stay without styles", () => {
  const { html } = describeAnswers(answersOf({ "a|answered": 2, "b|answered": 2, "b|empty": 1 }));
  const id = /class="(answers-\w+)"/.exec(html)![1];
  assertStringIncludes(html, `.${id}:has(.fa1:checked) .g:not(.a1){display:none}`);
  assertEquals(html.match(/class="g [^"]*"/g), ['class="g a0 s0"', 'class="g a1 s0"', 'class="g a1 s1"']);
  // Where a notebook is not trusted, style sheets go: so do the buttons, which are shown by one.
  assertStringIncludes(html, `.${id} .f{display:block!important}`);
  assertStringIncludes(html, '<div class="f" style="display:none">');
  const other = describeAnswers(answersOf({ "a|answered": 3 })).html;
  assert(!other.includes(id!));
});

Deno.test("describeAnswers(hostile answers) is escaped, and says nothing to a terminal", () => {
  const names = ["item", "raw", "reason", "thought", "model", "request_key", "trial_id", "persona_id"];
  const answers = answersOf(
    { [`${hostile}|answered|${hostile}`]: 2, [`b|${hostile}`]: 2 },
    Object.fromEntries(names.map((name) => [name, hostile])),
  );
  const { html, text } = describeAnswers(answers);
  const tags = html.match(/<[^>]*>/g)!;
  const known =
    /^<\/?(div|details|summary|style|label|input|b)( (class|style|dir|type|name)="[\w :;%.,()/-]*"| checked| open)*>$/;
  assertEquals(tags.filter((tag) => !known.test(tag)), []);
  // deno-lint-ignore no-control-regex -- what must not be there
  const driving = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
  assert(!driving.test(html) && !driving.test(text));
  assertStringIncludes(text, "<script>");
});

Deno.test("describeAnswers(cells of 50 MB) is as short as what it shows", () => {
  const book = "no ".repeat(17_000_000);
  const answers = answersOf({ "a|unparsed": 3, "b|answered": 1 }, {
    raw: book,
    reason: book,
    thought: `${book}\ud800`,
  });
  const { html, text } = describeAnswers(answers);
  assert(html.length < 60_000 && text.length < 2000, `${html.length} and ${text.length}`);
  assertStringIncludes(html, "(50997000 more characters)");
  assert(html.isWellFormed());
});

/** A plan and its answers, some without a value. */
async function ask(mode: "together" | "apart" | "in turn"): Promise<{ plan: Plan; answers: Table }> {
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
    items: [yesNo("fear", "Are you afraid?"), likert("trust", "Do you trust them?", { points: 5 })],
    stated: ["age"],
    ask: mode,
  });
  const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
  const respondent = scriptedRespondent(({ messages }) =>
    messages.at(-1)!.content.includes("afraid") ? '{"fear": "yes", "trust": 3}' : "I would rather not say."
  );
  return { plan, answers: await runExperiment(plan, respondent) };
}

Deno.test("describeAnswers(answers, { plan }) opens each answer with the prompt of its own question", async () => {
  for (const mode of ["together", "apart", "in turn"] as const) {
    const { plan, answers } = await ask(mode);
    const { html } = describeAnswers(answers, { plan });
    const opened = html.split('<details style="margin:.4em 0"><summary style="cursor:pointer">p').slice(1);
    assertEquals(opened.length, 4);
    for (const part of opened) {
      const item = /^\d (\w+)/.exec(part)![1];
      assertStringIncludes(part, item === "fear" ? "Are you afraid?" : "Do you trust them?");
      assertStringIncludes(part, "prompt, system");
      assertEquals(
        part.includes("Are you afraid?") && part.includes("Do you trust them?"),
        mode === "together" ||
          mode === "in turn" && part.includes("prompt, assistant"),
      );
    }
  }
  const { plan, answers } = await ask("apart");
  const other = answers.derive({ trial_id: () => "elsewhere" }) as Table;
  assert(!describeAnswers(other, { plan }).html.includes("prompt, "));
});

Deno.test("describeAnswers and comparePrompts stand in a report, and nothing else can", async () => {
  const { plan, answers } = await ask("together");
  const view = describeAnswers(answers, { plan });
  const page = composeReport({
    title: "Run",
    sections: [{ heading: "Answers", view }, { heading: "Prompts", view: comparePrompts(plan) }],
  });
  assertStringIncludes(page, view.html);
  assertStringIncludes(page, "Only the treatment differs.");
  assertEquals(view[jupyterDisplay](), { "text/html": view.html, "text/plain": view.text });
  const forged = { html: "<script>alert(1)</script>", text: "", table: answers } as View;
  assertThrows(
    () => composeReport({ title: "Run", sections: [{ heading: "Answers", view: forged }] }),
    TypeError,
    "'sections[0].view' must come from describeAnswers or comparePrompts",
  );
});

Deno.test("describeAnswers(…) names what is wrong with its arguments, and takes tables of no answers", () => {
  const answers = answersOf({ "a|answered": 1 });
  assertThrows(
    () => describeAnswers(tableOf({ arm: ["a"] })),
    RangeError,
    "has no column 'item', 'value', 'status'",
  );
  assertThrows(
    () => describeAnswers(answers, { plan: {} as Plan }),
    TypeError,
    "it comes from planExperiment",
  );
  assertThrows(() => describeAnswers(answers, { maximumAnswers: 0 }), RangeError, "'maximumAnswers'");
  const none = describeAnswers(answersOf({}));
  assertEquals([none.text, columnOf(none.table, "arm")], [
    "0 answers to all questions; 0 of them here, some of each arm and status.",
    [],
  ]);
});

Deno.test("describeAnswers(answers) shows each item of each step, and who judged", () => {
  const row = {
    persona_id: "p1",
    arm: "a",
    status: "answered",
    kind: "answer",
    member: "p1",
    line: null,
    value: 1,
  };
  const judged = { ...row, step: "rating", item: "hostility", member: "judge", line: 3 };
  const answers = tableOf([
    ...Array.from({ length: 50 }, () => ({ ...row, step: "before", item: "guilt" })),
    ...Array.from({ length: 50 }, () => ({ ...row, step: "after", item: "guilt" })),
    { ...row, step: "after", item: "verdict" },
    judged,
    { ...row, kind: "line", step: "say", item: "say", line: 3, value: "Guilty." },
  ]);
  assertEquals(describeAnswers(answers, { maximumAnswers: 5 }).text.split("\n").slice(2), [
    "  p1 guilt (before): 1",
    "  p1 guilt (after): 1",
    "  p1 verdict (after): 1",
    "  p1 hostility (rating, line 3, judged by judge): 1",
    "  p1 say: Guilty.",
  ]);
  const other = answers.derive({ arm: () => "b" }) as Table;
  const { text } = describeAnswers(answers.concat(other) as Table, { maximumAnswers: 6 });
  for (const item of ["before", "after", "verdict", "hostility", "say"]) assertStringIncludes(text, item);
});
