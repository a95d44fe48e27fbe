import { exercises } from "./exercises.ts";
import { configurationOf, writeNew } from "../../init.ts";
import { resolve } from "node:path";

/** Copies the exercises to a folder that finds the toolkit, and says what was written; nothing there is replaced. */
export async function copyWorkshop(folder: string): Promise<string[]> {
  const place = resolve(folder);
  await Deno.mkdir(place, { recursive: true });
  const said = [
    await writeNew(place, "deno.json", (path) => {
      const run = { description: "Execute an exercise in place: deno task run NOTEBOOK", words: "" };
      return Deno.writeTextFile(path, configurationOf(place, run));
    }),
  ];
  for (const name of exercises) {
    said.push(
      await writeNew(place, name, async (path) => {
        const exercise = await fetch(new URL(name, import.meta.url));
        if (!exercise.ok) {
          throw new Error(`Cannot copy ${name}: the toolkit's place answers ${exercise.status}`);
        }
        await Deno.writeTextFile(path, await exercise.text());
      }),
    );
  }
  return said;
}
