import { Buffer } from "node:buffer";
import { basename, dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { checkText } from "../core/checks.ts";
import { flag, oneOf, type ReadOptions, readOptions, type RulesFor, whole } from "../core/options.ts";
import type { Store, StoredReply } from "../core/respondent.ts";
import { checkKey, closedError, decodeReply, encodeReply, type ReplyRecord } from "./stored_reply.ts";

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
}

/**
 * Opens a store in an SQLite file, or makes the file and the folders it stands in.
 *
 * A reply is on disk when `put` resolves: killing the process loses nothing. Several processes may use one file at
 * the same time. While it is in use, two files ending in `-wal` and `-shm` stand beside it and belong to it;
 * `close()` folds them in where no other process has the file open.
 *
 * @param path the file, or `:memory:` for one that lives as long as the program
 * @param options see {@linkcode SqliteStoreOptions}
 * @returns the store
 * @throws {Error} if the file is no store, is a newer version's, or cannot be opened; the error names the path
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
} satisfies RulesFor<SqliteStoreOptions>;

type Settings = ReadOptions<SqliteStoreOptions, typeof rules>;

/** A row as SQLite gives it. */
interface Row extends ReplyRecord {
  readonly id: number;
  readonly key: Uint8Array;
}

/** An open file and the statements prepared on it. */
interface Connection {
  database: DatabaseSync;
  insert: StatementSync | undefined;
  select: StatementSync;
  page: StatementSync;
  count: StatementSync;
}

/** Rows read at once by `list`, so that a long store does not hold the event loop. */
const pageSize = 2000;

class SqliteStore implements Store {
  readonly name: string;
  readonly #path: string;
  readonly #options: Settings;
  #connection: Connection | undefined;
  #closed = false;

  constructor(path: string, options: Settings) {
    this.name = path === ":memory:" ? path : basename(path);
    this.#path = path;
    this.#options = options;
    try {
      this.#connect();
    } catch (error) {
      // A file that is in use at this moment is opened by the first call, which can wait without blocking.
      if (!isBusy(error)) throw this.#failure("open the store", error);
    }
  }

  get(key: string): Promise<StoredReply | undefined> {
    return this.#use("get a reply", ({ select }) => {
      checkKey("get a reply", "key", key);
      const row = select.get(Buffer.from(key, "hex")) as unknown as Row | undefined;
      return row && decodeReply(key, row);
    });
  }

  put(reply: StoredReply): Promise<void> {
    return this.#use("put a reply", ({ insert }) => {
      if (insert === undefined) throw new Error("it is open for reading alone");
      const { identity, request, reply: text, latencyMs, answeredAt } = encodeReply(reply);
      insert.run(Buffer.from(reply.key, "hex"), identity, request, text, latencyMs, answeredAt);
    });
  }

  async list(): Promise<StoredReply[]> {
    const replies: StoredReply[] = [];
    for (let last = 0;;) {
      const rows = await this.#use(
        "list the replies",
        ({ page }) => page.all(last, pageSize) as unknown as Row[],
      );
      for (const row of rows) replies.push(decodeReply(Buffer.from(row.key).toString("hex"), row));
      if (rows.length < pageSize) return replies;
      last = rows.at(-1)!.id;
      await pause(0);
    }
  }

  count(): Promise<number> {
    return this.#use("count the replies", ({ count }) => Number(count.get()?.n));
  }

  close(): Promise<void> {
    return Promise.try(() => this.#release());
  }

  #release(): void {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    try {
      // A file outside WAL mode is whole by itself and can be read where nothing may be written.
      if (!this.#options.readOnly) connection.database.exec("PRAGMA journal_mode = DELETE");
    } catch (error) {
      // Another process has it open: the last one to close folds the files.
      if (!isBusy(error)) throw this.#failure("close the store", error);
    } finally {
      connection.database.close();
    }
  }

  /** Does one piece of work, again after a pause while another process holds the file. */
  async #use<T>(action: string, work: (connection: Connection) => T): Promise<T> {
    for (let waited = 0, wait = 1;; waited += wait, wait = Math.min(2 * wait, 100)) {
      if (this.#closed) throw closedError(action, this.#path);
      try {
        return work(this.#connection ?? this.#connect());
      } catch (error) {
        if (!isBusy(error) || waited >= this.#options.busyTimeoutMs) throw this.#failure(action, error);
      }
      await pause(wait);
    }
  }

  #connect(): Connection {
    const database = openSqliteFile(this.#path, this.#options);
    const columns = "id, key, identity, request, reply, latency_ms AS latencyMs, answered_at AS answeredAt";
    this.#connection = {
      database,
      insert: this.#options.readOnly ? undefined : database.prepare(
        "INSERT INTO replies (key, identity, request, reply, latency_ms, answered_at) VALUES (?, ?, ?, ?, ?, ?) " +
          "ON CONFLICT (key) DO NOTHING",
      ),
      select: database.prepare(`SELECT ${columns} FROM replies WHERE key = ?`),
      page: database.prepare(`SELECT ${columns} FROM replies WHERE id > ? ORDER BY id LIMIT ?`),
      count: database.prepare("SELECT count(*) AS n FROM replies"),
    };
    return this.#connection;
  }

  /** An error that names the path; argument errors stay as they are. */
  #failure(action: string, error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
    if (error.message.includes(`'${this.#path}'`)) return error;
    const detail = isBusy(error)
      ? `another process has held it for more than ${this.#options.busyTimeoutMs} ms`
      : error.message.replace("file is not a database", "it is not an SQLite database");
    return new Error(`Cannot ${action} as '${this.#path}' cannot be used: ${detail}`, { cause: error });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** "UNDS": marks a file as a store of Understudy, so that no other database is taken for one. */
const applicationId = 0x554e4453;

/** The version of the schema below; a file with a newer one is refused. */
const schemaVersion = 1;

/** SQLite waits this long by itself, blocking the event loop; longer waits are asynchronous. */
const blockingTimeoutMs = 5;

// A rowid table with a unique BLOB key takes rows about as fast as SQLite can: the row is appended and only the
// 32-byte key goes into a tree.
const schema = `
  CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    identity TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL,
    latency_ms REAL NOT NULL,
    answered_at TEXT NOT NULL
  ) STRICT`;

/** Whether an error says that another connection holds the database at this moment. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && /\bis locked\b/.test(error.message);
}

/** Opens a store's file and makes its schema where the file is new. Throws what `isBusy` knows if it is in use. */
function openSqliteFile(path: string, options: Settings): DatabaseSync {
  if (path !== ":memory:" && !options.readOnly) Deno.mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: blockingTimeoutMs, readOnly: options.readOnly });
  try {
    const fresh = inspectFile(database, path);
    if (options.readOnly) {
      if (fresh) throw new Error(`Cannot open the store '${path}' for reading as it is empty`);
      return database;
    }
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${options.synchronous}`);
    database.exec("PRAGMA wal_autocheckpoint = 4000");
    if (fresh) createSchema(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Checks that a file is a store of a known version; whether it is new. Looks before anything is written. */
function inspectFile(database: DatabaseSync, path: string): boolean {
  const id = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  const objects = database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n;
  if (id === 0 && version === 0 && objects === 0) return true;
  if (id !== applicationId) {
    throw new Error(
      `Cannot open the store '${path}' as it is a database of something else: name another file`,
    );
  }
  if (version > schemaVersion) {
    throw new Error(
      `Cannot open the store '${path}' as its version must be at most ${schemaVersion}: current value is ` +
        `${version}; a newer Understudy wrote it, so update this one`,
    );
  }
  return false;
}

function createSchema(database: DatabaseSync, path: string): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have made it between the look and the lock.
    if (inspectFile(database, path)) {
      database.exec(schema);
      database.exec(`PRAGMA application_id = ${applicationId}`);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function pragma(database: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
