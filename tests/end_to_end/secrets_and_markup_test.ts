import { assert, assertEquals, assertRejects } from "@std/assert";
import { jupyterDisplay, renderTable, RespondentError, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateDrift } from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { plotDrift, plotEffects } from "@understudy/understudy/plots";
import { composeReport, describeProvenance } from "@understudy/understudy/report";
import { openAiRespondent, scriptedRespondent, serveRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { sqliteStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";

const hostile = `<script>alert("x")</script> & 'quoted' "quoted"`;
const key = "sk-test-0123456789abcdefghijklmnop";

const personas = tableOf({
  persona_id: Array.from({ length: 40 }, (_, i) => `p${i} ${hostile}`),
  weight: Array.from({ length: 40 }, () => 1),
  home: Array.from({ length: 40 }, () => hostile),
});
const design = declareDesign({
  treatments: declareTreatments({ control: `Quiet. ${hostile}`, threat: "{{ home }} attacks." }),
  items: [
    likert("support", hostile, { points: 7, labels: [hostile, "yes"] }),
    choice("news", "News?", [hostile, "web"]),
  ],
  stated: ["home"],
});

async function study(folder: string) {
  const respondent = scriptedRespondent((request) =>
    JSON.stringify({
      support: request.seed! % 5 === 0 ? hostile : 1 + (request.seed! % 7),
      news: request.seed! % 2 ? hostile : "web",
    })
  );
  await using server = await serveRespondent(respondent, { apiKey: key });
  const client = openAiRespondent({ ...server.connection, apiKey: key });
  const store = sqliteStore(`${folder}/study.db`);
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
  const answers = await runExperiment(plan, client, { store });
  await store.close();
  const effects = estimateEffects(answers, { outcome: "support" });
  const drift = estimateDrift(answers, { controls: ["news"], permutations: 200, bootstraps: 100 });
  const identity = await client.identity();
  return { plan, answers, effects, drift, identity, client };
}

Deno.test("hostile text in personas, treatments and answers is escaped in every page, table and figure", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { plan, answers, effects, drift, identity } = await study(folder);
    const labelled = effects.derive({ label: () => `<script>alert("x")</script> & 'quoted' "quoted"` });
    const figures = [
      plotEffects(labelled, { title: hostile, subtitle: hostile }),
      plotDrift(drift, { title: hostile }),
    ];
    const pages = [
      renderTable(answers, { format: "html", maximumRows: 100, caption: hostile }),
      ...figures.map((figure) => figure.svg),
      ...figures.map((figure) => figure[jupyterDisplay]() as { "text/html": string }).map((bundle) =>
        bundle["text/html"]
      ),
      composeReport({
        title: hostile,
        summary: hostile,
        sections: [
          { heading: hostile, text: hostile, table: answers, tableCaption: hostile },
          { heading: "Figure", figure: figures[0]!, figureCaption: hostile },
          { heading: "Provenance", table: describeProvenance({ plan, answers, identity }) },
        ],
      }),
    ];
    for (const page of pages) {
      assertEquals(page.includes("<script"), false);
      assertEquals(
        /&(?!amp;|lt;|gt;|quot;|#\d+;|#x[0-9a-f]+;|nbsp;)/i.test(
          page.replace(/<style>[\s\S]*?<\/style>/g, ""),
        ),
        false,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the API key is in no store, table, page, provenance or error", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { plan, answers, effects, drift, identity, client } = await study(folder);
    const provenance = describeProvenance({ plan, answers, identity });
    const error = await assertRejects(
      () => client.respond({ messages: [{ role: "user", content: "?" }], replicate: 1 }),
      RespondentError,
    );
    const texts = [
      ...[answers, effects, drift, provenance].map((table) => JSON.stringify(table.objects())),
      Deno.inspect(client, { depth: 20, showHidden: true }),
      Deno.inspect(error, { depth: 20 }) + error.stack,
      JSON.stringify(identity),
      composeReport({ title: "Study", sections: [{ heading: "Provenance", table: provenance }] }),
    ];
    for (const entry of Deno.readDirSync(folder)) {
      texts.push(new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${entry.name}`)));
    }
    assert(texts.length >= 9);
    for (const text of texts) assertEquals(text.includes(key), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
