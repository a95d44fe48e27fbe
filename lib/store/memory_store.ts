import type { Store, StoredReply } from "../core/respondent.ts";
import { checkKey, closedError, decodeReply, encodeReply, type ReplyRecord } from "./stored_reply.ts";

/**
 * Makes a store that lives as long as the program.
 *
 * For tests, and for runs whose replies need not be kept. Whatever costs money belongs into `sqliteStore`.
 *
 * @returns an empty store
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memoryStore } from "@understudy/understudy/store";
 *
 * assertEquals(await memoryStore().count(), 0);
 * ```
 */
export function memoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly name = "memory";
  readonly #records = new Map<string, ReplyRecord>();
  #closed = false;

  async get(key: string, known?: Parameters<Store["get"]>[1]): Promise<StoredReply | undefined> {
    await this.#enter("get a reply");
    checkKey("get a reply", "key", key);
    const record = this.#records.get(key);
    return record && decodeReply(key, record, known);
  }

  async put(reply: StoredReply): Promise<boolean> {
    await this.#enter("put a reply");
    const record = encodeReply(reply);
    const isNew = !this.#records.has(reply.key);
    if (isNew) this.#records.set(reply.key, record);
    return isNew;
  }

  async list(): Promise<StoredReply[]> {
    await this.#enter("list the replies");
    return Array.from(this.#records, ([key, record]) => decodeReply(key, record));
  }

  async count(): Promise<number> {
    await this.#enter("count the replies");
    return this.#records.size;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#records.clear();
    return Promise.resolve();
  }

  /** Rejects, as a promise, where the store is closed. */
  #enter(action: string): Promise<void> {
    return this.#closed ? Promise.reject(closedError(action, this.name)) : Promise.resolve();
  }
}
