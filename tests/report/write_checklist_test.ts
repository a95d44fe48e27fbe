import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  assignTreatments,
  declareConjoint,
  declareDesign,
  declareTreatments,
  likert,
  planExperiment,
  runExperiment,
  scriptedRespondent,
  type Table,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import { composeChecklist, type StudyRecord, writeChecklist } from "@understudy/understudy/report";
import { ask, declareProtocol, tell, treatment } from "@understudy/understudy/protocols";
import { memoryStore } from "@understudy/understudy/store";
import { formItems } from "../../lib/report/checklist_form.ts";

const design = declareDesign({
  treatments: declareTreatments({
    control: "It is quiet.",
    threat: ["Troops cross the border.", "The border is crossed."],
  }),
  items: [yesNo("fear", "Are you afraid?"), likert("trust", "Do you trust them?", { points: 7 })],
  stated: ["age"],
  itemOrder: "fixed",
});
const personas = tableOf({
  persona_id: Array.from({ length: 12 }, (_, i) => `p${i}`),
  age: Array.from({ length: 12 }, (_, i) => 31 + i % 3),
  party: Array.from({ length: 12 }, (_, i) => i % 2 ? "Left" : "Right"),
});
const plan = planExperiment(assignTreatments(personas, design, { seed: 7 }), design, { seed: 8 });

async function answersOf(name: string): Promise<Pick<StudyRecord, "plan" | "answers" | "replies">> {
  const store = memoryStore();
  const reply = JSON.stringify({ fear: "yes", trust: 4 });
  const respondent = scriptedRespondent(
    ({ messages }) => messages[0]!.content.includes("33") ? "No." : reply,
    { name },
  );
  return { plan, answers: await runExperiment(plan, respondent, { store }), replies: await store.list() };
}

const estimate = { arm: "threat", reference: "control", outcome: "trust", notes: "", reason: "" };
const tables = {
  estimates: tableOf([{
    ...{ ...estimate, estimate: 0.4213, conf_low: 0.1151, conf_high: 0.7351, n: 12, basis: "synthetic" },
    notes: "3 rows left out: no value",
  }]),
  drift: tableOf([{
    control: "paper",
    arm: "threat",
    statistic: 0.17,
    conf_low: 0,
    conf_high: 0.31,
    verdict: "not found",
  }]),
  repair: tableOf([{
    label: "with party",
    arm: "threat",
    estimate: 0.22,
    conf_low: 0.02,
    conf_high: 0.44,
    verdict: "cannot tell",
  }]),
  calibration: tableOf([{
    ...estimate,
    estimate: 0.28,
    conf_low: 0.1,
    conf_high: 0.46,
    basis: "calibrated",
    n_human: 59,
    n_synthetic: 500,
  }]),
  audit: tableOf([{
    check: "position",
    item: "trust",
    statistic: 0.08,
    conf_low: 0.01,
    conf_high: 0.15,
    verdict: "found",
  }]),
  fidelity: tableOf([{
    measure: "total variation",
    source: "population query",
    estimate: 0.062,
    basis: "synthetic",
  }]),
  specifications: {
    configurations: tableOf({
      configuration: ["base", "ask: apart"],
      is_base: [true, false],
      ask: ["together", "apart"],
    }),
    estimates: tableOf({
      configuration: ["base", "ask: apart"],
      estimate: [0.42, 0.14],
      conf_low: [0.12, -0.2],
      conf_high: [0.7, 0.5],
    }),
  },
};

const saidOf = (table: Table, item: string, column = "said") =>
  String(table.get(column, table.array("item").indexOf(item)));

Deno.test("composeChecklist(record) has the 14 items of GUIDE-LLM, and ours apart from them", async () => {
  const { table } = await composeChecklist(await answersOf("a"));
  const rows = table.objects() as { list: string; item: string }[];
  const itemsOf = (list: string) => rows.filter((row) => row.list === list).map(({ item }) => item).join(" ");
  assertEquals(itemsOf("GUIDE-LLM"), "A.1 A.2 B.1 B.2 B.3 B.4 B.5 C.1 C.2 D.1 E.1 E.2 F.1 G.1");
  assertMatch(itemsOf("Understudy's extension for synthetic experiments"), /^U\.1 .* U\.10$/);
});

Deno.test("composeChecklist(record) fills in what plan, replies and tables know, and says every sentence of its form", async () => {
  const { table } = await composeChecklist({ ...await answersOf("a"), ...tables });
  assertStringIncludes(saidOf(table, "B.1"), "Answered as a.");
  assertMatch(saidOf(table, "B.2"), /12 calls planned, 12 requests, 0 of them/);
  assertMatch(saidOf(table, "U.5"), /control: \d+ answered, \d+ (refused|unparsed); threat: \d+ answered/);
  assertStringIncludes(saidOf(table, "U.2"), "left to the model: party.");
  assertStringIncludes(saidOf(table, "E.2"), "3 rows left out: no value");
  assertStringIncludes(
    saidOf(table, "U.6"),
    "paper, threat: 0.170 [0, 0.310]; not found, up to 0.310 not excluded",
  );
  assertStringIncludes(
    saidOf(table, "U.8"),
    "trust, threat, against control, calibrated: 0.280 [0.100, 0.460]; n_human 59",
  );
  assertStringIncludes(saidOf(table, "U.10"), "2 of 2 planned configurations (2 possible) have an estimate");
  for (const { item, sentences } of formItems) {
    for (const sentence of sentences) {
      const fixed = sentence.split(/\{[^}]*\}/).map((part) => part.trim()).filter((part) => part.length > 3);
      for (const part of fixed) assertStringIncludes(saidOf(table, item), part);
      if (fixed.length === 0) assert(saidOf(table, item) !== "", item);
    }
  }
});

Deno.test("a question stays open and is counted until the author answers it", async () => {
  const record = { ...await answersOf("a"), ...tables };
  const before = await composeChecklist(record);
  assertEquals(saidOf(before.table, "G.1", "open"), "funding");
  assertEquals(before.markdown.match(/\*\*OPEN\*\*/g)!.length, before.open);
  assertEquals(before.html.match(/<b>OPEN<\/b>/g)!.length, before.open);
  const names = before.table.array("open") as string[];
  const author = Object.fromEntries(
    names.flatMap((text) => text.split(", ")).filter(Boolean).map((name) => [name, "N/A: a test"]),
  );
  const after = await composeChecklist({ ...record, author });
  assertEquals([after.open, after.html.includes("OPEN"), after.markdown.includes("OPEN")], [0, false, false]);
  assertStringIncludes(saidOf(after.table, "G.1"), "Author: N/A: a test");
  // What no table tells is asked for too.
  const alone = await composeChecklist(await answersOf("a"));
  for (const item of ["U.6", "U.7", "U.8", "U.9", "U.10"]) {
    assert(saidOf(alone.table, item, "open") !== "", item);
  }
  assertStringIncludes(saidOf(alone.table, "E.1"), "no, these are synthetic answers alone");
});

Deno.test("no number stands in the methods paragraph that plan, answers and tables do not have", async () => {
  const record = { ...await answersOf("a"), ...tables };
  const { methods } = await composeChecklist(record);
  const answers = record.answers as Table;
  const arms = answers.array("arm") as string[];
  const counts = ["control", "threat"].flatMap((arm) =>
    ["answered", "refused", "unparsed", "empty"].map((status) =>
      answers.array("status").filter((own: unknown, row: number) => own === status && arms[row] === arm)
        .length
    )
  );
  const byArm = ["control", "threat"].map((arm) =>
    plan.summary.get("personas", plan.summary.array("arm").indexOf(arm))
  );
  const cells = [
    tables.estimates,
    tables.drift,
    tables.repair,
    tables.calibration,
    tables.fidelity,
    ...Object.values(tables.specifications),
  ]
    .flatMap((table) => table.objects().flatMap((row) => Object.values(row)));
  const shown = cells.filter((cell) => typeof cell === "number").map((cell) => Number(cell.toPrecision(3)));
  // 12 calls for 12 personas, 24 answers; 2 of 2 configurations, 1 interval above 0 and none below, median of two.
  const known = new Set([...shown, ...counts, ...byArm, 12, 24, 2, 1, 0, 0.28]);
  const day = record.replies![0]!.answeredAt.slice(0, 10);
  // A parameter of this respondent is a hash.
  const text = methods.replaceAll(day, "").replace(/Sent with each request: \S+ [0-9a-f]+\./, "").replace(
    "AAPOR 2026",
    "",
  ).replace("ICC/ESOMAR 2025", "");
  const numbers = (text.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
  assert(numbers.length > 25);
  assertEquals(numbers.filter((number) => !known.has(number)), []);
  assertStringIncludes(methods, "12 simulated personas took part, and 59 human respondents;");
  // Where nothing is known of who was asked, nothing is said of it.
  const { methods: less } = await composeChecklist({ plan, answers });
  assertStringIncludes(less, "no human respondents");
  assert(
    !less.includes("Sent with each request") && !less.includes("Estimates") &&
      !less.includes("The model was asked"),
    less,
  );
});

Deno.test("long tables are cut and say so, but every repair is told, and scores without a population query say that", async () => {
  const many = (label: string, source = "twin") =>
    tableOf(Array.from({ length: 20 }, (_, at) => ({ label: `${label} ${at}`, source, estimate: at })));
  const record = await answersOf("a");
  const { table } = await composeChecklist({
    ...record,
    repair: many("try"),
    fidelity: many("score"),
    estimates: many("effect"),
  });
  assertStringIncludes(saidOf(table, "U.7"), "try 19, twin: 19");
  assertStringIncludes(
    saidOf(table, "U.9"),
    "and 8 more in the table no population query stands beside these scores",
  );
  const beside = many("score").concat(many("last", "population query")) as Table;
  const { table: other } = await composeChecklist({ ...record, fidelity: beside });
  assert(!saidOf(other, "U.9").includes("no population query"), saidOf(other, "U.9"));
});

Deno.test("each model has a form of its own, in which the author can answer for it alone", async () => {
  const [a, b] = [await answersOf("a"), await answersOf("b")];
  const stacked = (a.answers as Table).concat(b.answers as Table) as Table;
  const record = { plan, answers: stacked, replies: [...a.replies!, ...b.replies!] };
  const { table, markdown } = await composeChecklist({
    ...record,
    author: { modelSize: { a: "7 billion weights" } },
  });
  const rows = table.objects() as { model: string; item: string; said: string; open: string }[];
  const [one, other] = ["a", "b"].map((model) =>
    rows.find((row) => row.model === model && row.item === "B.1")!
  );
  assertStringIncludes(one!.said, "7 billion");
  assertStringIncludes(other!.open, "modelSize");
  assertStringIncludes(markdown, "## b: GUIDE-LLM\n");
  assertMatch(rows.find(({ item }) => item === "B.2")!.said, /12 requests/);
});

Deno.test("prompts stand as they were sent, by arm and wording, with how many personas got them", async () => {
  const { json } = await composeChecklist(await answersOf("a"));
  const { items } = JSON.parse(json);
  const { texts } = items.find(({ item }: { item: string }) => item === "C.1");
  assertEquals(
    texts.length,
    new Set(
      (plan.trials.objects() as { arm: string; wording: number }[]).map(({ arm, wording }) =>
        `${arm} ${wording}`
      ),
    ).size,
  );
  assertMatch(texts[0].heading, /^arm (control|threat), wording [12]: text 1 of 1, personas: \d+$/);
  assertStringIncludes(texts[0].text, "[fear] Are you afraid?");
});

Deno.test("a checklist of no answers is refused: it would have no form, and no open question", async () => {
  const none = { ...await answersOf("a"), answers: (await answersOf("a")).answers.slice(0, 0) };
  await assertRejects(() => composeChecklist(none), RangeError, "'answers' must have rows");
});

Deno.test("texts of others cannot become markup of a checklist", async () => {
  const hostile = "<script>x</script> ```` # [a](b)\u202e";
  const { html, markdown, methods } = await composeChecklist({
    ...await answersOf("<img onerror=x>\u202e\x1b[2J"),
    plan: { ...plan, prompt: { ...plan.prompt, persona: () => hostile } },
    author: { funding: hostile },
    drift: tableOf([{ control: "# big\n\n# bigger", statistic: 0.1 }]),
  });
  assert(!/<script|<img/.test(html), html);
  // deno-lint-ignore no-control-regex -- these are what may not be there
  assert(![html, markdown, methods].some((text) => /[\x1b\u202e]/.test(text)));
  assert(!/<img/.test(markdown) && markdown.includes("`````text\n<script>"));
  assertStringIncludes(markdown, "\n\\# big # bigger: 0.100\n");
  assertStringIncludes(markdown, "Author: &lt;script&gt;x&lt;/script&gt; \\`\\`\\`\\` # \\[a\\](b)");
});

Deno.test("writeChecklist(path, record) writes Markdown, a page or JSON; what is wrong is said and nothing written", async () => {
  const folder = await Deno.makeTempDir();
  const record = await answersOf("a");
  const checklist = await writeChecklist(`${folder}/checklist.md`, record);
  for (const name of ["html", "json"]) await writeChecklist(`${folder}/checklist.${name}`, checklist);
  const read = (name: string) => Deno.readTextFile(`${folder}/checklist.${name}`);
  assertEquals(await read("md"), checklist.markdown);
  assertEquals(JSON.parse(await read("json")).open, checklist.open);
  assertMatch(await read("html"), /^<!doctype html>[^]*A\.1 Purpose[^]*U\.10 Configurations tried/);
  const wrong = (author: object) => composeChecklist({ ...record, author: author as never });
  await assertRejects(() => wrong({ funding: "N/A" }), RangeError, "say why it does not apply");
  await assertRejects(() => wrong({ fundin: "us" }), TypeError, "funding");
  await assertRejects(() => wrong({ funding: { b: "us" } }), TypeError, "'b' is unknown");
  await assertRejects(() => wrong({ funding: " " }), TypeError, "author.funding");
  await assertRejects(() => composeChecklist({ ...record, drift: 1 as never }), TypeError, "drift");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("sessions, profiles and subjects of several arms have a checklist too", async () => {
  const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
  const items = [yesNo("fear", "Are you afraid?")];
  const conjoint = declareConjoint({ features: { party: ["L", "R"], age: [30, 60] }, tasks: 2, profiles: 2 });
  const designs = {
    session: declareDesign({
      treatments,
      stated: ["age"],
      protocol: declareProtocol({ steps: [tell(treatment()), ask(items)], memory: { last: 3 } }),
    }),
    profiles: declareDesign({ conjoint, items, stated: [] }),
    within: declareDesign({ treatments, items, stated: ["age"], subjects: "within", ask: "in turn" }),
  };
  const said: { [name: string]: string } = {};
  for (const [name, design] of Object.entries(designs)) {
    const people = name === "profiles" ? personas.select("persona_id") as Table : personas;
    const plan = planExperiment(assignTreatments(people, design), design);
    const answers = await runExperiment(plan, scriptedRespondent(() => "yes"));
    const { table } = await composeChecklist({ plan, answers });
    said[name] = `${saidOf(table, "B.5")} ${saidOf(table, "U.3")} ${saidOf(table, "U.2")}`;
  }
  assertStringIncludes(said.session!, "remembers the last 3 lines");
  assertStringIncludes(said.within!, "each question is a call that remembers those before it");
  assertStringIncludes(said.within!, "within subjects");
  assertStringIncludes(said.profiles!, "2 tasks of 2 profiles");
  assertStringIncludes(said.profiles!, "left to the model: nothing");
});
