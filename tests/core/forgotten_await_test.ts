import { assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { loadTable, renderTable, tableOf, wideAnswers, writeTable } from "@understudy/understudy/core";
import { assignTreatments, checkBalance, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects, estimateMeans, estimateRegression } from "@understudy/understudy/estimation";
import { compareDistributions } from "@understudy/understudy/fidelity";
import { describeTwins, loadHuman } from "@understudy/understudy/formats";
import { yesNo } from "@understudy/understudy/items";
import { plotEffects } from "@understudy/understudy/plots";
import { adviseStudy } from "@understudy/understudy/report";
import { declareTreatments } from "@understudy/understudy/treatments";

// What a call without await gives.
const forgotten = Promise.resolve(tableOf({ arm: ["a", "b"], y: [1, 2] })) as never;
const fear = yesNo("fear", "Are you afraid?");
const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
  items: [fear],
  stated: [],
});
const calls: { [name: string]: () => unknown } = {
  adviseStudy: () => adviseStudy({ effects: forgotten }),
  assignTreatments: () => assignTreatments(forgotten, design),
  checkBalance: () => checkBalance(forgotten, { covariates: "y" }),
  compareDistributions: () => compareDistributions(forgotten, forgotten, { items: "y" }),
  describeTwins: () => describeTwins(forgotten, { questions: [fear], asked: [fear] }),
  estimateEffects: () => estimateEffects(forgotten, { outcome: "y" }),
  estimateMeans: () => estimateMeans(forgotten, { outcome: "y" }),
  estimateRegression: () => estimateRegression(forgotten, { outcome: "y", terms: ["arm"] }),
  loadHuman: () => loadHuman(forgotten, { codebook: [{ column: "y" }] }),
  loadTable: () => loadTable(forgotten),
  plotEffects: () => plotEffects(forgotten),
  renderTable: () => renderTable(forgotten),
  wideAnswers: () => wideAnswers(forgotten),
  writeTable: () => writeTable(forgotten, "people.csv"),
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`${name}(promise) asks whether await was forgotten`, async () => {
    const isAsync = ["loadHuman", "loadTable", "writeTable"].includes(name);
    const error = isAsync ? await assertRejects(async () => await call()) : assertThrows(call);
    assertStringIncludes((error as Error).message, "current value is a Promise (did you forget await?)");
  });
}
