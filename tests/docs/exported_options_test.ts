import { assertEquals } from "@std/assert";

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield await Deno.readTextFile(`${folder}/${name}`);
  }
}

Deno.test("mod.ts exports all options that those which it exports extend, so that their documentation is found", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const exported = new Set((await Deno.readTextFile(`${root}/mod.ts`)).match(/\b\w+(?=[,\s]*[,}])/g));
  const missing: string[] = [];
  let read = 0;
  for await (const source of sourcesIn(`${root}/lib`)) {
    for (const [, name, bases] of source.matchAll(/export interface (\w+)\s+extends\s([^{]+)\{/g)) {
      if (!exported.has(name!)) continue;
      read++;
      const options = bases!.match(/\b[A-Z]\w*Options\b/g) ?? [];
      missing.push(...options.filter((base) => !exported.has(base)).map((base) => `${base} (of ${name})`));
    }
  }
  assertEquals(missing, []);
  assertEquals(read > 30, true);
});
