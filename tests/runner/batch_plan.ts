import { type Plan, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice, likert } from "@understudy/understudy/items";
import { planExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

/** A plan of so many personas with two questions. */
export function planFor(n: number, ask: "together" | "apart" | "in turn" = "together"): Plan {
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
    items: [likert("support", "Support it?", { points: 7 }), choice("news", "News?", ["tv", "web", "paper"])],
    stated: ["party"],
    ask,
  });
  const rows = Array.from({ length: n }, (_, i) => i);
  const personas = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    weight: rows.map(() => 1),
    party: rows.map((i) => i % 2 ? "A" : "B"),
  });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 2 });
}
