import type { WorldArrow, WorldGraph } from "./world_graph.ts";

/** What an arrow looks like, and what it says. */
export interface LegendRow {
  readonly look: "effect" | "drift" | "unused" | "answer" | "parent" | "moderation";
  readonly text: string;
}

/** How an arrow is drawn. */
export function lookOf({ kind, drift }: WorldArrow): LegendRow["look"] {
  if (kind === "exposure") return drift ? "drift" : "unused";
  return drift ? "drift" : kind;
}

const looks: readonly LegendRow["look"][] = ["effect", "drift", "unused", "moderation", "answer", "parent"];

/** What each look says, for those that the graph has. */
export function legendOf({ arrows }: WorldGraph): LegendRow[] {
  const present = new Set(arrows.map(lookOf));
  const texts: { readonly [look in LegendRow["look"]]: string } = {
    effect: "The effect: a stimulus changes the answer of the same person.",
    drift: "The drift: those who meet a stimulus differ, so it changes who is imagined, and with them " +
      "what is answered, also to controls.",
    unused: "Those who meet a stimulus differ, but the respondent does not learn from it (drift 0).",
    moderation: "An attribute changes the size of an effect.",
    answer: `An attribute changes an answer${
      present.has("parent") ? ", or on the left another attribute" : ""
    }.`,
    parent: "An attribute changes another.",
  };
  // Both are grey: one row says both.
  return looks.filter((look) => present.has(look) && !(look === "parent" && present.has("answer")))
    .map((look) => ({ look, text: texts[look] }));
}
