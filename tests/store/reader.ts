/**
 * Opens a store as a process of its own, which may have fewer rights: `reader.ts PATH`. Prints how many replies it
 * gives for reading alone, or why it does not, and what comes of opening it for writing.
 */
import { StoreError } from "@understudy/understudy/core";
import { sqliteStore } from "@understudy/understudy/store";
import { storedReply } from "./replies.ts";

async function tell(use: () => Promise<unknown>): Promise<unknown> {
  try {
    return await use();
  } catch (error) {
    return error instanceof StoreError ? `${error.kind}: ${error.message}` : `not a StoreError: ${error}`;
  }
}

const path = Deno.args[0]!;
const read = await tell(async () => {
  const store = sqliteStore(path, { readOnly: true });
  const replies = await store.list();
  await store.close();
  return replies.length;
});
const written = await tell(async () => {
  const store = sqliteStore(path);
  await store.claim!(storedReply(9).key, { holder: "a", forMs: 1000 });
  await store.close();
});
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ read, written })));
