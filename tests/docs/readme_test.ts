import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import * as understudy from "@understudy/understudy";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

Deno.test("every verb that the README names is exported by the package", () => {
  const table = readme.slice(readme.indexOf("## What each step gives"), readme.indexOf("## Dependencies"));
  const named = [...table.matchAll(/`([a-z]+[A-Z]\w*|likert|choice)`/g)].map((match) => match[1]!);
  assert(named.length > 40);
  const kernel = ["show"];
  assertEquals(named.filter((name) => !(name in understudy) && !kernel.includes(name)), []);
});

Deno.test("every dependency has its reason in the README, and no other", () => {
  const section = readme.slice(readme.indexOf("## Dependencies"), readme.indexOf("## Data"));
  const told = new Set([...section.matchAll(/`(?:npm|jsr):([^`]+)`/g)].map((match) => match[1]!));
  const used = Object.values(config.imports).map((specifier) =>
    /^(?:npm|jsr):(@?[^@]+)@/.exec(specifier)![1]!
  );
  assertEquals([...told].sort(), [...used].sort());
});

Deno.test("every verb that acts has a file of its own, named after it", () => {
  const verbs = Object.entries(understudy as Record<string, unknown>)
    .filter(([name, value]) =>
      typeof value === "function" &&
      /^(sample|assign|rake|describe|compose|plan|run|load|write|estimate|calibrate|check|compare|repair|diagnose|plot)[A-Z]/
        .test(name)
    )
    .map(([name]) => name);
  assert(verbs.length > 40);
  const files = new Set(filesBelow(new URL("../../lib/", import.meta.url)));
  const missing = verbs.filter((verb) =>
    !files.has(`${verb.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}.ts`)
  );
  assertEquals(missing, []);
});

function filesBelow(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory ? filesBelow(new URL(`${entry.name}/`, folder)) : [entry.name]
  );
}
