import { basename } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkText } from "../core/checks.ts";
import { oneOf, type ReadOptions, readOptions, type RulesFor, whole } from "../core/options.ts";
import type { Store } from "../core/respondent.ts";
import { Batches, pause } from "./batches.ts";
import type { RecordStoreOptions, ReplyRow, Trouble } from "./record_store.ts";
import { RecordStore, recordStoreRules } from "./record_store.ts";
import { isBusy, openSqliteFile, placeOf, type SqliteFile, sqliteNow } from "./sqlite_file.ts";
import type { ReplyRecord } from "./stored_reply.ts";

/** Options of {@linkcode sqliteStore}. */
export interface SqliteStoreOptions extends RecordStoreOptions {
  /**
   * What a reply survives once `put` has resolved. `normal`: the end of the process, however it comes. `full`: also
   * a power failure, at a few hundred replies a second instead of some ten thousand.
   * @default {"normal"}
   */
  synchronous?: "normal" | "full";
  /**
   * How long to wait, in milliseconds, while another process holds the file, before giving up with an error.
   * @default {10000}
   */
  busyTimeoutMs?: number;
}

/**
 * Opens a store in an SQLite file, or makes the file and the folders it stands in.
 *
 * A reply is on disk when `put` resolves: killing the process loses nothing. Several processes may use one file at
 * the same time; `claim` lets only one of them ask. What arrives at the same time is written together. Each row has
 * a checksum; damaged rows are left out by `list` and named by `damaged`. While it is in use, two files ending in `-wal`
 * and `-shm` stand beside it and belong to it; `close()` folds them in where no other process has the file open: close it
 * before you copy it.
 *
 * @param path the file, or `:memory:` for one that lives as long as the program
 * @param options see {@linkcode SqliteStoreOptions}
 * @returns the store
 * @throws {StoreError} if the file is no store, is another version's, or cannot be opened; the error names the path
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
  ...recordStoreRules,
  synchronous: oneOf<"normal" | "full", "normal">(["normal", "full"], "normal"),
  busyTimeoutMs: whole(10_000, 0),
} satisfies RulesFor<SqliteStoreOptions>;

type Settings = ReadOptions<SqliteStoreOptions, typeof rules>;

interface Connection extends SqliteFile {
  readonly select: StatementSync;
  readonly page: StatementSync;
  readonly count: StatementSync;
  readonly write: Writes | undefined;
}

type Writes = ReturnType<typeof prepareWrites>;
type Write = (write: Writes) => unknown;

/** Writes committed at once, some 5 ms of work. */
const mostWrites = 256;

class SqliteStore extends RecordStore {
  readonly #writes = new Batches((works: Write[]) => this.#commit(works), mostWrites, 1);
  #connection: Connection | undefined;

  constructor(path: string, protected override readonly options: Settings) {
    super(path === ":memory:" ? path : basename(path), path, options);
    try {
      this.#connect();
    } catch (error) {
      // A file that is in use at this moment is opened by the first call, which can wait without blocking.
      if (!isBusy(error)) throw this.failure("open the store", error);
    }
  }

  protected fetch(key: string): Promise<ReplyRow | undefined> {
    return this.#patiently(({ select }) => select.get(Uint8Array.fromHex(key)) as ReplyRow | undefined);
  }

  protected page(last: number, size: number): Promise<ReplyRow[]> {
    return this.#patiently(({ page }) => page.all(last, size) as unknown as ReplyRow[]);
  }

  protected total(): Promise<number> {
    return this.#patiently(({ count }) => Number(count.get()?.n));
  }

  protected async keep(key: string, record: ReplyRecord): Promise<boolean> {
    const bytes = Uint8Array.fromHex(key);
    const { identity, request, reply, latencyMs, answeredAt, checksum } = record;
    return await this.#writes.add(({ insert, end }) => {
      const { changes } = insert.run(bytes, identity, request, reply, latencyMs, answeredAt, checksum);
      end.run(bytes);
      return Number(changes) > 0;
    }) as boolean;
  }

  protected forget(id: number): Promise<unknown> {
    return this.#writes.add(({ forget }) => forget.run(id));
  }

  protected async take(key: string, holder: string, forMs: number): Promise<boolean> {
    const bytes = Uint8Array.fromHex(key);
    return await this.#writes.add(({ claim }) =>
      Number(claim.run(bytes, holder, forMs / 1000, bytes).changes) > 0
    ) as boolean;
  }

  protected give(key: string, holder: string): Promise<unknown> {
    return this.#writes.add(({ release }) => release.run(Uint8Array.fromHex(key), holder));
  }

  protected async end(): Promise<void> {
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

  protected trouble(error: Error): Trouble | undefined {
    if (isBusy(error)) {
      return ["busy", `another process has held it for more than ${this.options.busyTimeoutMs} ms`];
    }
    return troubles.find(([pattern]) => pattern.test(error.message))?.[1];
  }

  #commit(works: Write[]): Promise<unknown[]> {
    return this.#patiently(({ database, write, disk }) => {
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
      if (disk !== null && placeOf(this.place) !== disk) throw new Error("no such file");
      return results;
    });
  }

  /** Does one piece of work, again after a pause while another process holds the file. */
  async #patiently<T>(work: (connection: Connection) => T): Promise<T> {
    for (let waited = 0, wait = 1;; waited += wait, wait = Math.min(2 * wait, 100)) {
      try {
        return work(this.#connection ?? this.#connect());
      } catch (error) {
        if (!isBusy(error) || waited >= this.options.busyTimeoutMs) throw error;
      }
      await pause(wait);
    }
  }

  #connect(): Connection {
    const file = openSqliteFile(this.place, this.options);
    const { database } = file;
    const columns =
      "id, identity, request, reply, latency_ms AS latencyMs, answered_at AS answeredAt, checksum";
    return this.#connection = {
      ...file,
      select: database.prepare(`SELECT ${columns} FROM replies WHERE key = ?`),
      page: database.prepare(
        `SELECT lower(hex(key)) AS key, ${columns} FROM replies WHERE id > ? ORDER BY id LIMIT ?`,
      ),
      count: database.prepare("SELECT count(*) AS n FROM replies"),
      write: this.readOnly ? undefined : prepareWrites(database),
    };
  }
}

/** What SQLite says, what it means, and what to do. */
const troubles: readonly (readonly [RegExp, Trouble])[] = [
  [/no such file/, [
    "removed",
    "it was removed or replaced while in use; put it back from a copy, or run anew",
  ]],
  [/is full/, [
    "full",
    "the disk, or its quota, is full; make room and run again: what is kept is not asked again",
  ]],
  [/readonly database|read-only|Permission denied/i, [
    "read_only",
    "it can only be read; make file and folder writable, or, where nothing is to be asked, open it with { readOnly: true }",
  ]],
  [/file is not a database/, ["other", "it is not an SQLite database"]],
  [/malformed|corrupt/, [
    "damaged",
    "the file is damaged or cut short; go back to a copy, or open it with { readOnly: true }: list() gives what is left",
  ]],
  [/unable to open/, [
    "denied",
    "it cannot be opened; check that its folder is there and can be written, or open it with { readOnly: true }",
  ]],
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
