import { assert, assertEquals } from "@std/assert";

/** Every file of lib/ by its path below it, without comments. */
const files = new Map([...sourceFiles(new URL("../lib/", import.meta.url))]);

function* sourceFiles(folder: URL, path = ""): Generator<[path: string, code: string]> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) yield* sourceFiles(url, `${path}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) {
      const code = Deno.readTextFileSync(url).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
      yield [`${path}${entry.name}`, code];
    }
  }
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

/** Verbs that take tables: statistics take numbers. */
const verbs = () => concepts.filter((path) => path !== "core/options.ts" && !path.startsWith("stats/"));

const concepts = [...files.keys()].filter((path) => !path.endsWith("mod.ts"));

Deno.test("a file's name stands once in lib/, and does not repeat its folder's", () => {
  assertEquals(twice(concepts.map((path) => path.split("/").at(-1)!)), []);
  const repeats = concepts.filter((path) => {
    const [folder, name] = path.split("/").slice(-2);
    return name!.startsWith(`${folder!.replace(/s$/, "")}_`) || name!.startsWith(`${folder}_`);
  });
  assertEquals(repeats, []);
});

Deno.test("an exported name stands once in lib/", () => {
  const exported = concepts.flatMap((path) =>
    [...files.get(path)!.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)]
      .map((match) => match[1]!)
  );
  // The overloads of a function share its name.
  const once = concepts.flatMap((path) => [
    ...new Set(
      [...files.get(path)!.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)]
        .map((match) => match[1]!),
    ),
  ]);
  assert(exported.length >= once.length);
  assertEquals(twice(once), []);
});

Deno.test("mod.ts files only export from others", () => {
  const wrong = [...files].filter(([path, code]) =>
    path.endsWith("mod.ts") &&
    code.replace(/export (type )?(\*|\{[^}]*\}) from "[^"]+";/g, "").trim() !== ""
  );
  assertEquals(wrong.map(([path]) => path), []);
});

/** Options that several verbs share: declared in core/options.ts, with one meaning and one default. */
const shared = ["category", "reference", "blocks", "weights", "alpha", "basis", "seed", "df", "elicited"];

/** Declarations of their own, and what makes them another thing. */
const others: { readonly [place: string]: string } = {
  "AdjustEstimatesOptions.alpha": "the level of the first of two stages",
  "CheckEquivalenceOptions.alpha": "the level of each one-sided test, below 0.5",
  "CheckGeneralisationOptions.reference": "must be named",
  "DiagnoseDesignOptions.weights": "of the population that is sampled",
  "DrawAttributesOptions.weights": "of the table that is drawn from",
  "ConjointModelOptions.reference": "a level for each feature",
  "DeclareAssignmentOptions.blocks": "the block of each unit, not a column",
  "DeclareDesignOptions.blocks": "what a design declares, not what a table holds",
  "DeclareDesignOptions.reference": "what a design declares, not what a table holds",
  "EstimateMixedOptions.df": "the normal distribution in place of the residuals' degrees",
  "EstimateContrastsOptions.reference": "a column that flags the reference rows",
  "NameOrderOptions.reference": "a level for each column",
  "WorldTruthOptions.category": "an answer of a world's item",
  "WorldTruthOptions.reference": "a stimulus of a world",
};

Deno.test("an option that several verbs share is declared once, in core/options.ts", () => {
  const again = verbs().flatMap((path) =>
    [...files.get(path)!.matchAll(/^export interface (\w+Options)\b[^{]*\{([\s\S]*?)^\}/gm)].flatMap((
      match,
    ) =>
      shared.filter((name) => new RegExp(`^ {2}(readonly )?${name}\\??:`, "m").test(match[2]!))
        .map((name) => `${match[1]}.${name}`)
    )
  );
  assertEquals(again.filter((place) => !(place in others)), []);
});

Deno.test("a shared rule is spread, never written again", () => {
  const again = verbs().flatMap((path) => {
    const code = files.get(path)!;
    const known = Object.keys(others).map((place) => place.split(".") as [string, string])
      .filter(([owner]) => new RegExp(`\\binterface ${owner}\\b`).test(code)).map(([, name]) => name);
    return [...code.matchAll(/^const rules = \{([\s\S]*?)^\}/gm)].flatMap((match) =>
      shared.filter((name) => !known.includes(name) && new RegExp(`^ {2}${name}:`, "m").test(match[1]!))
        .map((name) => `${path}: ${name}`)
    );
  });
  assertEquals(again, []);
});
