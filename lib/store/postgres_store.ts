/**
 * A store in PostgreSQL, for laboratories that share one and for runs on several machines.
 *
 * @module
 */
import postgres from "postgres";
import { checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type ReadOptions, readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { Store } from "../core/respondent.ts";
import { Batches, pause } from "./batches.ts";
import { isPassing, postgresTrouble } from "./postgres_errors.ts";
import type { RecordStoreOptions, ReplyRow, Trouble } from "./record_store.ts";
import { RecordStore, recordStoreRules } from "./record_store.ts";
import type { ReplyRecord } from "./stored_reply.ts";

export type { RecordStoreOptions };

/** Options of {@linkcode postgresStore}. */
export interface PostgresStoreOptions extends RecordStoreOptions {
  /**
   * The schema that holds the tables; made where it is missing.
   * @default {"understudy"}
   */
  schema?: string;
  /**
   * How many connections are open at most.
   * @default {4}
   */
  connections?: number;
  /**
   * How long to wait, in milliseconds, for a server that was reached before, as when it restarts, before giving up.
   * @default {10000}
   */
  patienceMs?: number;
}

const rules = {
  ...recordStoreRules,
  schema: rule<string, string>((action, name, value) => {
    if (typeof value === "string" && /^[a-z_][a-z0-9_]{0,62}$/.test(value)) return;
    throw new RangeError(cannot(action, name, "be a name of lower-case letters, digits and _", value));
  }, "understudy"),
  connections: whole(4, 1, 100),
  patienceMs: whole(10_000, 0, 3_600_000),
} satisfies RulesFor<PostgresStoreOptions>;

type Settings = ReadOptions<PostgresStoreOptions, typeof rules>;

/**
 * Opens a store in a PostgreSQL database; its tables are made where they are missing.
 *
 * For several machines on one study: each reply is asked by one of them, as `claim` goes by the server's clock. Nothing
 * is connected before the first call. A server that restarts is waited for. What arrives together is one statement.
 * Needs the permissions `net` and `env`; the password may stand in the address or in `PGPASSWORD`, and is not shown.
 *
 * @param url the database, such as `postgres://lab@host:5432/study`
 * @param options see {@linkcode PostgresStoreOptions}
 * @returns the store; what it rejects with is a `StoreError` that says what to do
 * @throws {TypeError} if `url` is not the address of a database
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { postgresStore } from "@understudy/understudy/store/postgres";
 *
 * const store = postgresStore("postgres://lab:secret@localhost:5432/study"); // connects when it is first used
 * assertEquals(store.name, "study@localhost");
 * await store.close();
 * ```
 */
export function postgresStore(url: string, options: PostgresStoreOptions = {}): Store {
  const action = "open a store";
  checkText(action, "url", url);
  return new PostgresStore(addressOf(action, url), url, readOptions(action, options, rules));
}

/** The address without user and password, for messages: the whole one is never shown. */
function addressOf(action: string, url: string): URL {
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? "") || URL.parse(url)!.pathname.length < 2) {
    throw new TypeError(
      `Cannot ${action} as 'url' must be an address such as postgres://user@host:5432/database; the password may ` +
        "stand in it or in PGPASSWORD",
    );
  }
  return Object.assign(new URL(url), { username: "", password: "", search: "" });
}

interface Lease {
  readonly key: string;
  readonly holder: string;
  readonly forMs: number;
}

/** Rows in one statement. */
const mostRows = 200;

const version = "understudy store 1";

class PostgresStore extends RecordStore {
  readonly #sql: postgres.Sql;
  readonly #keeps: Batches<ReplyRecord & { key: string }, boolean>;
  readonly #takes: Batches<Lease, boolean>;
  #ready: Promise<void> | undefined;
  #wasReached = false;

  constructor(address: URL, url: string, protected override readonly options: Settings) {
    const name = `${decodeURIComponent(address.pathname.slice(1))}@${address.hostname}`;
    super(name, `${address}/${options.schema}`, options);
    this.#sql = postgres(url, {
      max: options.connections,
      // So that a program ends which leaves its store open.
      idle_timeout: 10,
      connect_timeout: 10,
      onnotice: () => {},
    });
    this.#keeps = new Batches((rows) => this.#keepAll(rows), mostRows, options.connections);
    this.#takes = new Batches((leases) => this.#takeAll(leases), mostRows, options.connections);
  }

  protected async fetch(key: string): Promise<ReplyRow | undefined> {
    return (await this.#query<ReplyRow>(`SELECT ${columns} FROM replies WHERE key = $1`, [key]))[0];
  }

  protected page(last: number, size: number): Promise<ReplyRow[]> {
    return this.#query(`SELECT ${columns} FROM replies WHERE id > $1 ORDER BY id LIMIT $2`, [last, size]);
  }

  protected async total(): Promise<number> {
    return (await this.#query<{ n: number }>("SELECT count(*)::float8 AS n FROM replies", []))[0]!.n;
  }

  protected keep(key: string, record: ReplyRecord): Promise<boolean> {
    return this.#keeps.add({ key, ...record });
  }

  protected forget(id: number): Promise<unknown> {
    return this.#query("DELETE FROM replies WHERE id = $1", [id]);
  }

  protected take(key: string, holder: string, forMs: number): Promise<boolean> {
    return this.#takes.add({ key, holder, forMs });
  }

  protected give(key: string, holder: string): Promise<unknown> {
    return this.#query("DELETE FROM leases WHERE key = $1 AND holder = $2", [key, holder]);
  }

  protected async end(): Promise<void> {
    await Promise.all([this.#keeps.drain(), this.#takes.drain()]);
    await this.#sql.end({ timeout: 5 });
  }

  protected trouble(error: Error): Trouble | undefined {
    return postgresTrouble(error);
  }

  async #keepAll(rows: readonly (ReplyRecord & { key: string })[]): Promise<boolean[]> {
    const column = (name: keyof ReplyRecord | "key"): unknown[] => rows.map((row) => row[name]);
    const names = ["key", "identity", "request", "reply", "latencyMs", "answeredAt", "checksum"] as const;
    const kept = await this.#query<{ key: string }>(keepRows, names.map(column));
    const isNew = new Set(kept.map(({ key }) => key));
    return rows.map(({ key }) => isNew.delete(key));
  }

  async #takeAll(leases: readonly Lease[]): Promise<boolean[]> {
    const keys = leases.map(({ key }) => key);
    const asked = [keys, leases.map(({ holder }) => holder), leases.map(({ forMs }) => forMs)];
    const taken = await this.#query<{ key: string; holder: string }>(takeKeys, asked);
    // A lease that ended as its reply was kept, between the look at the replies and the lock, was free to take. By now
    // that reply can be seen.
    const kept = await this.#query<{ key: string }>("SELECT key FROM replies WHERE key = ANY($1)", [keys]);
    const holders = new Map(taken.map(({ key, holder }) => [key, holder]));
    for (const { key } of kept) holders.delete(key);
    return leases.map(({ key, holder }) => holders.get(key) === holder);
  }

  /** Runs a statement on the tables, again after a pause while the server restarts or writers meet. */
  async #query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    const { schema, patienceMs } = this.options;
    const statement = text.replace(/\b(FROM|INTO|USING) (replies|leases)\b/g, `$1 ${schema}.$2`);
    const started = performance.now();
    for (let wait = 10;; wait = Math.min(2 * wait, 500)) {
      try {
        await (this.#ready ??= this.#prepare());
        return await this.#sql.unsafe<Row[]>(statement, values as never[], { prepare: true });
      } catch (error) {
        if (!this.#wasReached) this.#ready = undefined;
        const isOver = performance.now() - started > patienceMs;
        if (!this.#wasReached || !isPassing(error) || isOver) throw error;
      }
      await pause(wait);
    }
  }

  /** Makes the tables where they are missing; once. */
  async #prepare(): Promise<void> {
    const [sql, { schema }] = [this.#sql, this.options];
    // One look at the catalogue: to_regclass would see a table that is made meanwhile, and not yet its comment.
    const found = await sql`SELECT schemas.oid IS NOT NULL AS schema, tables.oid IS NOT NULL AS tables,
        (SELECT description FROM pg_description WHERE objoid = tables.oid AND classoid = 'pg_class'::regclass
          AND objsubid = 0) AS comment
      FROM (SELECT 1) AS one LEFT JOIN pg_namespace AS schemas ON nspname = ${schema}
        LEFT JOIN pg_class AS tables ON relname = 'replies' AND relnamespace = schemas.oid`;
    const [state] = found as unknown as [{ schema: boolean; tables: boolean; comment: string | null }];
    if (state.tables && state.comment !== version) {
      throw new Error(
        `Cannot open the store '${this.place}' as its table 'replies' must be of ${version}: current value is ` +
          `${state.comment}; choose another schema, or update this Understudy`,
      );
    }
    if (!state.tables && this.readOnly) {
      throw new Error(`Cannot open the store '${this.place}' as it is empty`);
    }
    if (!state.tables) {
      await sql.begin(async (once) => {
        // Of several that come first at the same time, one makes the tables.
        await once`SELECT pg_advisory_xact_lock(1431192659)`;
        if (!state.schema) await once`CREATE SCHEMA IF NOT EXISTS ${once(schema)}`;
        await once.unsafe(tables(schema));
      });
    } else if (!this.readOnly) {
      await sql.unsafe(`DELETE FROM ${schema}.leases WHERE until <= clock_timestamp()`);
    }
    this.#wasReached = true;
  }
}

const columns = 'id::float8 AS id, key, identity, request, reply, latency_ms AS "latencyMs", ' +
  'answered_at AS "answeredAt", checksum::float8 AS checksum';

// Keys are text and not bytes, so that a laboratory can look them up by hand.
const tables = (schema: string): string => `
  CREATE TABLE IF NOT EXISTS ${schema}.replies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE,
    identity text NOT NULL,
    request text NOT NULL,
    reply text NOT NULL,
    latency_ms double precision NOT NULL,
    answered_at text NOT NULL,
    checksum bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ${schema}.leases (
    key text COLLATE "C" PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL
  );
  COMMENT ON TABLE ${schema}.replies IS '${version}'`;

const keepRows = `
  WITH new AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::bigint[])
      WITH ORDINALITY AS new (key, identity, request, reply, latency_ms, answered_at, checksum, place)
  ), ended AS (DELETE FROM leases AS held USING new WHERE held.key = new.key)
  INSERT INTO replies (key, identity, request, reply, latency_ms, answered_at, checksum)
  SELECT key, identity, request, reply, latency_ms, answered_at, checksum FROM new ORDER BY place
  ON CONFLICT (key) DO NOTHING RETURNING key`;

const takeKeys = `
  INSERT INTO leases AS held (key, holder, until)
  SELECT DISTINCT ON (key) key, holder, clock_timestamp() + ms * interval '1 millisecond'
  FROM unnest($1::text[], $2::text[], $3::float8[]) WITH ORDINALITY AS wanted (key, holder, ms, place)
  WHERE NOT EXISTS (SELECT 1 FROM replies AS kept WHERE kept.key = wanted.key)
  ORDER BY key, place
  ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE held.holder = excluded.holder OR held.until <= clock_timestamp()
  RETURNING key, holder`;
