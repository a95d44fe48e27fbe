import { Buffer } from "node:buffer";
import { basename } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkText } from "../core/checks.ts";
import { StoreError, type StoreErrorKind } from "../core/errors.ts";
import { flag, oneOf, type ReadOptions, readOptions, type RulesFor, whole } from "../core/options.ts";
import type { Store, StoredReply } from "../core/respondent.ts";
import { Batches, nextTurn, pause } from "./batches.ts";
import { isBusy, openSqliteFile, placeOf, type SqliteFile, sqliteNow } from "./sqlite_file.ts";
import {
  checkKey,
  checkLease,
  closedError,
  damagedError,
  decodeReply,
  encodeReply,
  type ReplyRecord,
} from "./stored_reply.ts";

/** Options of {@linkcode sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * What a reply survives once `put` has resolved. `normal`: the end of the process, however it comes. `full`: also
   * a power failure, at a few hundred replies a second instead of some ten thousand.
   * @default {"normal"}
   */
  synchronous?: "normal" | "full";
  /**
   * Opens an existing file for reading alone, such as the supplementary material of a paper.
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * How long to wait, in milliseconds, while another process holds the file, before giving up with an error.
   * @default {10000}
   */
  busyTimeoutMs?: number;
  /**
   * What becomes of a reply that is no longer as it was written. `stop`: `get` rejects with a `StoreError` that names
   * its row. `ask again`: the row is deleted when it is met, so that the run asks, and pays, for it anew.
   * @default {"stop"}
   */
  damagedRows?: "stop" | "ask again";
}

/**
 * Opens a store in an SQLite file, or makes the file and the folders it stands in.
 *
 * A reply is on disk when `put` resolves: killing the process loses nothing. Several processes may use one file at
 * the same time; `claim` lets only one of them ask. What arrives at the same time is written together. Each row has
 * a checksum; damaged rows are left out by `list` and named by `damaged`. A file of version 1, which had none, is
 * brought up to version 2 when it is opened for writing, and read as it is where it is opened for reading. While it is in use, two files ending in `-wal` and `-shm` stand beside it and belong to it;
 * `close()` folds them in where no other process has the file open.
 *
 * @param path the file, or `:memory:` for one that lives as long as the program
 * @param options see {@linkcode SqliteStoreOptions}
 * @returns the store
 * @throws {StoreError} if the file is no store, is a newer version's, or cannot be opened; the error names the path
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sqliteStore } from "@understudy/understudy/store";
 *
 * const store = sqliteStore(":memory:");
 * assertEquals(await store.count(), 0);
 * await store.close();
 * ```
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const action = "open a store";
  checkText(action, "path", path);
  return new SqliteStore(path, readOptions(action, options, rules));
}

const rules = {
  synchronous: oneOf<"normal" | "full", "normal">(["normal", "full"], "normal"),
  readOnly: flag(false),
  busyTimeoutMs: whole(10_000, 0),
  damagedRows: oneOf<"stop" | "ask again", "stop">(["stop", "ask again"], "stop"),
} satisfies RulesFor<SqliteStoreOptions>;

type Settings = ReadOptions<SqliteStoreOptions, typeof rules>;

/** A row as SQLite gives it. */
interface Row extends ReplyRecord {
  readonly id: number;
  readonly key: Uint8Array;
}

/** An open file and the statements prepared on it. */
interface Connection extends SqliteFile {
  readonly select: StatementSync;
  readonly page: StatementSync;
  readonly count: StatementSync;
  readonly write: Writes | undefined;
}

type Writes = ReturnType<typeof prepareWrites>;
type Write = (write: Writes) => unknown;

/** Rows read at once by `list`, so that a long store does not hold the event loop. */
const pageSize = 250;

/** Where so many rows together cannot be read, the end of the file is lost. */
const mostLost = 10_000;

/** Writes committed at once, some 5 ms of work. */
const mostWrites = 256;

class SqliteStore implements Store {
  readonly name: string;
  readonly readOnly: boolean;
  readonly #path: string;
  readonly #options: Settings;
  readonly #writes = new Batches((works: Write[]) => this.#commit(works), mostWrites, 1);
  #connection: Connection | undefined;
  #closed = false;

  constructor(path: string, options: Settings) {
    this.name = path === ":memory:" ? path : basename(path);
    this.readOnly = options.readOnly;
    this.#path = path;
    this.#options = options;
    try {
      this.#connect();
    } catch (error) {
      // A file that is in use at this moment is opened by the first call, which can wait without blocking.
      if (!isBusy(error)) throw this.#failure("open the store", error);
    }
  }

  async get(key: string): Promise<StoredReply | undefined> {
    const action = "get a reply";
    checkKey(action, "key", key);
    const row = await this.#use(action, ({ select }) => select.get(Buffer.from(key, "hex")), key) as
      | Row
      | undefined;
    if (row === undefined) return undefined;
    try {
      return decodeReply(key, row);
    } catch (error) {
      if (this.#options.damagedRows === "stop") {
        throw damagedError(action, this.#path, error, row.id, key);
      }
      await this.#write("delete a damaged row", key, ({ forget }) => forget.run(row.id));
      return undefined;
    }
  }

  async put(reply: StoredReply): Promise<void> {
    const { identity, request, reply: text, latencyMs, answeredAt, checksum } = encodeReply(reply);
    const key = Buffer.from(reply.key, "hex");
    await this.#write("put a reply", reply.key, ({ insert, end }) => {
      insert.run(key, identity, request, text, latencyMs, answeredAt, checksum);
      end.run(key);
    });
  }

  async claim(key: string, lease: { readonly holder: string; readonly forMs: number }): Promise<boolean> {
    checkLease(key, lease);
    const bytes = Buffer.from(key, "hex");
    return await this.#write(
      "claim a key",
      key,
      ({ claim }) => Number(claim.run(bytes, lease.holder, lease.forMs / 1000, bytes).changes) > 0,
    );
  }

  async release(key: string, holder: string): Promise<void> {
    checkKey("release a key", "key", key);
    await this.#write("release a key", key, ({ release }) => release.run(Buffer.from(key, "hex"), holder));
  }

  async list(): Promise<StoredReply[]> {
    return (await this.#readAll("list the replies")).replies;
  }

  async damaged(): Promise<StoreError[]> {
    return (await this.#readAll("read a reply")).damaged;
  }

  count(): Promise<number> {
    return this.#use("count the replies", ({ count }) => Number(count.get()?.n));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writes.drain();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    try {
      // A file outside WAL mode is whole by itself and can be read where nothing may be written.
      if (!this.readOnly) connection.database.exec("PRAGMA journal_mode = DELETE");
    } catch {
      // Another process has it open, and the last one to close folds the files; or nothing can be written any more. What
      // was put is safe as it is.
    } finally {
      connection.database.close();
    }
  }

  async #readAll(action: string): Promise<{ replies: StoredReply[]; damaged: StoreError[] }> {
    const replies: StoredReply[] = [];
    const damaged: StoreError[] = [];
    const lost: StoreError[] = [];
    for (let last = 0, size = pageSize; lost.length < mostLost; await nextTurn()) {
      try {
        const rows = await this.#use(action, ({ page }) => page.all(last, size)) as unknown as Row[];
        damaged.push(...lost.splice(0));
        for (const row of rows) {
          const key = Buffer.from(row.key).toString("hex");
          try {
            replies.push(decodeReply(key, row));
          } catch (error) {
            damaged.push(damagedError(action, this.#path, error, row.id, key));
          }
        }
        if (rows.length < size) return { replies, damaged };
        last = rows.at(-1)!.id;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== "damaged") throw error;
        // Not a row but a page of the file is damaged: past it goes the way row by row.
        if (size === 1) lost.push(damagedError(action, this.#path, error.cause, ++last));
        size = 1;
      }
    }
    // Nobody knows how many rows there were behind the last that can be read.
    return { replies, damaged: [...damaged, lost[0]!] };
  }

  /** Does one piece of work; its error names the path and says what to do. */
  async #use<T>(action: string, work: (connection: Connection) => T, key?: string): Promise<T> {
    try {
      if (this.#closed) throw closedError(action, this.#path);
      return await this.#patiently(work);
    } catch (error) {
      throw this.#failure(action, error, key);
    }
  }

  async #write<T>(action: string, key: string, work: (write: Writes) => T): Promise<T> {
    try {
      if (this.#closed) throw closedError(action, this.#path);
      if (this.readOnly) throw new Error("attempt to write a readonly database");
      return await this.#writes.add(work) as T;
    } catch (error) {
      throw this.#failure(action, error, key);
    }
  }

  /** Writes in one transaction. */
  #commit(works: Write[]): Promise<unknown[]> {
    return this.#patiently(({ database, write, place }) => {
      write!.begin.run();
      let results: unknown[];
      try {
        results = works.map((work) => work(write!));
        write!.commit.run();
      } catch (error) {
        // SQLite has already rolled back where the disk is full.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
      // What is written into a file that has no name is gone with the process.
      if (place !== null && placeOf(this.#path) !== place) throw new Error("no such file");
      return results;
    });
  }

  /** Does one piece of work, again after a pause while another process holds the file. */
  async #patiently<T>(work: (connection: Connection) => T): Promise<T> {
    for (let waited = 0, wait = 1;; waited += wait, wait = Math.min(2 * wait, 100)) {
      try {
        return work(this.#connection ?? this.#connect());
      } catch (error) {
        if (!isBusy(error) || waited >= this.#options.busyTimeoutMs) throw error;
      }
      await pause(wait);
    }
  }

  #connect(): Connection {
    const file = openSqliteFile(this.#path, this.#options);
    const { database } = file;
    const columns =
      "id, key, identity, request, reply, latency_ms AS latencyMs, answered_at AS answeredAt, " +
      (file.hasChecksums ? "checksum" : "NULL AS checksum");
    return this.#connection = {
      ...file,
      select: database.prepare(`SELECT ${columns} FROM replies WHERE key = ?`),
      page: database.prepare(`SELECT ${columns} FROM replies WHERE id > ? ORDER BY id LIMIT ?`),
      count: database.prepare("SELECT count(*) AS n FROM replies"),
      write: this.readOnly ? undefined : prepareWrites(database),
    };
  }

  /** An error that names the path and says what to do; argument errors stay as they are. */
  #failure(action: string, error: unknown, key?: string): unknown {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
    if (error instanceof StoreError) return error;
    const file = this.#path;
    const [, kind, advice] = troubles.find(([pattern]) => pattern.test(error.message)) ??
      [null, "other" as const];
    const detail = kind === "busy"
      ? `another process has held it for more than ${this.#options.busyTimeoutMs} ms`
      : advice ?? error.message;
    const message = error.message.includes(`'${file}'`)
      ? error.message
      : `Cannot ${action} as '${file}' cannot be used: ${detail}`;
    return new StoreError(message, { kind, file, cause: error, ...(key === undefined ? {} : { key }) });
  }
}

/** What SQLite says, what it means, and what to do. */
const troubles: readonly (readonly [RegExp, StoreErrorKind, string?])[] = [
  [/\bis locked\b/, "busy"],
  [
    /no such file/,
    "removed",
    "it was removed or replaced while in use; put it back from a copy, or run anew",
  ],
  [
    /is full/,
    "full",
    "the disk, or the file's own limit, is full; make room and run again, what is kept is not asked",
  ],
  [
    /readonly database|read-only|Permission denied/i,
    "read_only",
    "it can only be read; make file and folder writable, or open it with { readOnly: true }, which suits reading alone",
  ],
  [/file is not a database/, "other", "it is not an SQLite database"],
  [
    /malformed|corrupt/,
    "damaged",
    "the file is damaged or cut short; go back to a copy, or open it with { readOnly: true }, whose list() gives the " +
    "replies that are left",
  ],
  [
    /unable to open/,
    "denied",
    "it cannot be opened; check that its folder is there and can be written, or open it with { readOnly: true }",
  ],
];

function prepareWrites(database: DatabaseSync) {
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    insert: database.prepare(
      "INSERT INTO replies (key, identity, request, reply, latency_ms, answered_at, checksum) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    ),
    forget: database.prepare("DELETE FROM replies WHERE id = ?"),
    end: database.prepare("DELETE FROM leases WHERE key = ?"),
    claim: database.prepare(
      `INSERT INTO leases (key, holder, until) SELECT ?, ?, ${sqliteNow} + ? ` +
        "WHERE NOT EXISTS (SELECT 1 FROM replies WHERE key = ?) ON CONFLICT (key) DO UPDATE " +
        "SET holder = excluded.holder, until = excluded.until " +
        `WHERE holder = excluded.holder OR until <= ${sqliteNow}`,
    ),
    release: database.prepare("DELETE FROM leases WHERE key = ? AND holder = ?"),
  };
}
