import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";

/** How a file is opened. */
export interface SqliteFileOptions {
  /** Whether the file is only read. */
  readonly readOnly: boolean;
  /** SQLite's `synchronous` setting. */
  readonly synchronous: "normal" | "full";
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
export function isBusy(error: unknown): boolean {
  return error instanceof Error && /\bis locked\b/.test(error.message);
}

/** Opens a store's file and makes its schema where the file is new. Throws what `isBusy` knows if it is in use. */
export function openSqliteFile(path: string, options: SqliteFileOptions): DatabaseSync {
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
