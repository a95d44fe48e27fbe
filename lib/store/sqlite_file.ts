import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

/** "UNDS": marks a file as a store of Understudy, so that no other database is taken for one. */
const applicationId = 0x554e4453;

/** The version of the schema below; a file with another one is refused. */
const schemaVersion = 2;

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
    answered_at TEXT NOT NULL,
    checksum INTEGER
  ) STRICT;
  CREATE TABLE leases (key BLOB PRIMARY KEY, holder TEXT NOT NULL, until REAL NOT NULL) STRICT, WITHOUT ROWID`;

/** The moment in seconds, by the clock of the database. */
export const sqliteNow = "unixepoch('subsec')";

/** Whether an error says that another connection holds the database at this moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && /\bis locked\b/.test(error.message);
}

export interface SqliteFile {
  readonly database: DatabaseSync;
  /** The file's place on its disk; `null` for one in memory. A file of the same name elsewhere is another. */
  readonly disk: string | null;
}

/** Where a file is on its disk; `null` where there is none of this name. */
export function placeOf(path: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Opens a store's file and makes its schema where the file is new. Throws what `isBusy` knows if it is in use. */
export function openSqliteFile(
  path: string,
  options: { readonly readOnly: boolean; readonly synchronous: string },
): SqliteFile {
  if (options.readOnly) return openForReading(path);
  if (path !== ":memory:") Deno.mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: blockingTimeoutMs });
  try {
    // The tree of a million keys is read and written at random: what SQLite holds by itself, 2 MB, is soon too small.
    database.exec("PRAGMA cache_size = -32000");
    const version = inspectFile(database, path);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${options.synchronous}`);
    database.exec("PRAGMA wal_autocheckpoint = 4000");
    if (version === 0) makeTables(database, path);
    // Of processes that died; also finds at once whether the file can be written.
    database.exec(`DELETE FROM leases WHERE until <= ${sqliteNow}`);
    return { database, disk: path === ":memory:" ? null : placeOf(path) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openForReading(path: string): SqliteFile {
  const open = (name: string): SqliteFile => {
    // Else nothing is given of a file that was cut short, also not what is left. (Deno's types lack `defensive`.)
    const settings = { timeout: blockingTimeoutMs, readOnly: true, defensive: false };
    const database = new DatabaseSync(name, settings);
    try {
      database.exec("PRAGMA writable_schema = ON");
      const version = inspectFile(database, path);
      if (version === 0) throw new Error(`Cannot open the store '${path}' for reading as it is empty`);
      return { database, disk: null };
    } catch (error) {
      database.close();
      throw error;
    }
  };
  try {
    return open(path);
  } catch (error) {
    if (placeOf(path) === null || !/unable to open|readonly/.test(String(error))) throw error;
    // A file that a killed process left wants a `-wal` beside it, which cannot be made in a folder that is read-only.
    if (placeOf(`${path}-wal`) !== null && Deno.statSync(`${path}-wal`).size > 0) {
      throw new Error(
        `Cannot open the store '${path}' for reading as some of its replies are in '${path}-wal', which cannot be read ` +
          "in a folder that is read-only: copy both files into a folder of yours and open it there",
        { cause: error },
      );
    }
    return open(`${pathToFileURL(resolve(path)).href}?immutable=1`);
  }
}

/** Checks that a file is a store of a known version, which it gives; 0 for a new one. Looks before it writes. */
function inspectFile(database: DatabaseSync, path: string): number {
  // One statement sees one moment: another process may be making the schema.
  const { id, version, objects } = database.prepare(
    "SELECT application_id AS id, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS objects " +
      "FROM pragma_application_id, pragma_user_version",
  ).get() as { id: number; version: number; objects: number };
  if (id === 0 && version === 0 && objects === 0) return 0;
  if (id !== applicationId) {
    throw new Error(
      `Cannot open the store '${path}' as it is a database of something else: name another file`,
    );
  }
  if (version !== schemaVersion) {
    throw new Error(
      `Cannot open the store '${path}' as its version must be ${schemaVersion}: current value is ${version}; ` +
        "another Understudy wrote it, so update this one",
    );
  }
  return version;
}

function makeTables(database: DatabaseSync, path: string): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have done it between the look and the lock.
    const marks = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`;
    database.exec(`${inspectFile(database, path) === 0 ? `${schema}; ${marks};` : ""} COMMIT`);
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
