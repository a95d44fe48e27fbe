/**
 * Stores: where replies are kept, each durable before it is counted, so that a second run asks only for what is
 * missing and a recording can be replayed.
 *
 * @module
 */
export { memoryStore } from "./memory_store.ts";
export type { RecordStoreOptions } from "./record_store.ts";
export { sqliteStore, type SqliteStoreOptions } from "./sqlite_store.ts";
