import { assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";

// In a process of its own: V8's inspector, now and then, ends the process that it runs in (by a signal), and with it
// would end every other test. That says nothing of the cells, so it is asked again.
Deno.test("random cells have the value, and leave the variables, that they have in V8's console", async () => {
  const program = fileURLToPath(new URL("./random_cells.ts", import.meta.url));
  const compare = () =>
    new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", program] }).output();
  let ended = await compare();
  for (let again = 0; again < 3 && ended.signal !== null; again++) ended = await compare();
  assertMatch(
    new TextDecoder().decode(ended.stdout) + new TextDecoder().decode(ended.stderr),
    /^\d+ cells compared\n$/,
  );
});
