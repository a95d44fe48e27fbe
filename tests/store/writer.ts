/**
 * Puts replies into a store as a process of its own: `writer.ts PATH FIRST COUNT`. Prints each seed once its reply is
 * put, and `end` when all are.
 */
import { sqliteStore } from "@understudy/understudy/store";
import { storedReply } from "./replies.ts";

const [path, first, count] = Deno.args;
const store = sqliteStore(path!);
const output = new TextEncoder();
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  await store.put(storedReply(seed));
  Deno.stdout.writeSync(output.encode(`${seed}\n`));
}
await store.close();
Deno.stdout.writeSync(output.encode("end\n"));
