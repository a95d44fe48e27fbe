import { StoreError, type StoreErrorKind } from "../core/errors.ts";
import { flag, oneOf, type RulesFor } from "../core/options.ts";
import type { Store, StoredReply } from "../core/respondent.ts";
import { nextTurn } from "./batches.ts";
import type { ReplyRecord } from "./stored_reply.ts";
import { checkKey, checkLease, closedError, damagedError, decodeReply, encodeReply } from "./stored_reply.ts";

/** A row of a database's table of replies. */
export interface ReplyRow extends ReplyRecord {
  readonly id: number;
  readonly key: string;
}

/** How any store in a database is used. */
export interface RecordStoreOptions {
  /**
   * Opens what is there for reading alone, such as the supplementary material of a paper.
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * What becomes of a reply that is no longer as it was written. `stop`: `get` rejects with a `StoreError` that names
   * its row. `ask again`: the row is deleted when it is met, so that the run asks, and pays, for it anew.
   * @default {"stop"}
   */
  damagedRows?: "stop" | "ask again";
}

/** Names, checks and defaults of {@linkcode RecordStoreOptions}. */
export const recordStoreRules = {
  readOnly: flag(false),
  damagedRows: oneOf<"stop" | "ask again", "stop">(["stop", "ask again"], "stop"),
} satisfies RulesFor<RecordStoreOptions>;

/** What an error of a database means, and what to do. */
export type Trouble = readonly [kind: StoreErrorKind, advice: string];

/** Rows read at once by `list`, so that a long store does not hold the event loop. */
const pageSize = 250;

/** Where so many rows together cannot be read, the end of the table is lost. */
const mostLost = 10_000;

/** A store in a database: what holds whichever it is. */
export abstract class RecordStore implements Store {
  readonly readOnly: boolean;
  #closed = false;

  /** @param place what names the store in errors */
  constructor(
    readonly name: string,
    protected readonly place: string,
    protected readonly options: Required<RecordStoreOptions>,
  ) {
    this.readOnly = options.readOnly;
  }

  protected abstract fetch(key: string): Promise<ReplyRow | undefined>;
  protected abstract page(last: number, size: number): Promise<ReplyRow[]>;
  protected abstract total(): Promise<number>;
  protected abstract keep(key: string, record: ReplyRecord): Promise<boolean>;
  protected abstract forget(id: number): Promise<unknown>;
  protected abstract take(key: string, holder: string, forMs: number): Promise<boolean>;
  protected abstract give(key: string, holder: string): Promise<unknown>;
  /** Ends what is under way and lets go of the database. */
  protected abstract end(): Promise<void>;
  /** What an error means; `undefined` where only the database's own words say it. */
  protected abstract trouble(error: Error): Trouble | undefined;

  async get(key: string, known?: Parameters<Store["get"]>[1]): Promise<StoredReply | undefined> {
    const action = "get a reply";
    checkKey(action, "key", key);
    const row = await this.#use(action, () => this.fetch(key), key);
    if (row === undefined) return undefined;
    try {
      return decodeReply(key, row, known);
    } catch (error) {
      if (this.options.damagedRows === "stop") throw damagedError(action, this.place, error, row.id, key);
      await this.#write("delete a damaged row", () => this.forget(row.id), key);
      return undefined;
    }
  }

  async put(reply: StoredReply): Promise<boolean> {
    const record = encodeReply(reply);
    return await this.#write("put a reply", () => this.keep(reply.key, record), reply.key);
  }

  async claim(key: string, lease: { readonly holder: string; readonly forMs: number }): Promise<boolean> {
    checkLease(key, lease);
    return await this.#write("claim a key", () => this.take(key, lease.holder, lease.forMs), key);
  }

  async release(key: string, holder: string): Promise<void> {
    checkKey("release a key", "key", key);
    await this.#write("release a key", () => this.give(key, holder), key);
  }

  async list(): Promise<StoredReply[]> {
    return (await this.#readAll("list the replies")).replies;
  }

  async damaged(): Promise<StoreError[]> {
    return (await this.#readAll("read a reply")).damaged;
  }

  count(): Promise<number> {
    return this.#use("count the replies", () => this.total());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.end();
  }

  async #readAll(action: string): Promise<{ replies: StoredReply[]; damaged: StoreError[] }> {
    const replies: StoredReply[] = [];
    const damaged: StoreError[] = [];
    const lost: StoreError[] = [];
    for (let last = 0, size = pageSize; lost.length < mostLost; await nextTurn()) {
      try {
        const rows = await this.#use(action, () => this.page(last, size));
        damaged.push(...lost.splice(0));
        for (const row of rows) {
          try {
            replies.push(decodeReply(row.key, row));
          } catch (error) {
            damaged.push(damagedError(action, this.place, error, row.id, row.key));
          }
        }
        if (rows.length < size) return { replies, damaged };
        last = rows.at(-1)!.id;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== "damaged") throw error;
        // Not a row but a page of the file is damaged: past it goes the way row by row.
        if (size === 1) lost.push(damagedError(action, this.place, error.cause, ++last));
        size = 1;
      }
    }
    // Nobody knows how many rows there were behind the last that can be read.
    return { replies, damaged: [...damaged, lost[0]!] };
  }

  #write<T>(action: string, work: () => Promise<T>, key: string): Promise<T> {
    return this.#use(action, () => {
      if (this.readOnly) {
        const message =
          `Cannot ${action} as '${this.place}' is open for reading alone: open it without readOnly`;
        throw new StoreError(message, { kind: "read_only", file: this.place, key });
      }
      return work();
    }, key);
  }

  /** Does one piece of work; its error names the store and says what to do. */
  async #use<T>(action: string, work: () => Promise<T>, key?: string): Promise<T> {
    if (this.#closed) throw closedError(action, this.place);
    try {
      return await work();
    } catch (error) {
      throw this.failure(action, error, key);
    }
  }

  /** An error that names the store and says what to do; argument errors stay as they are. */
  protected failure(action: string, error: unknown, key?: string): unknown {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
    if (error instanceof StoreError) return error;
    const file = this.place;
    const [kind, advice] = this.trouble(error) ?? ["other", error.message] as const;
    const message = error.message.includes(`'${file}'`)
      ? error.message
      : `Cannot ${action} as '${file}' cannot be used: ${advice}`;
    return new StoreError(message, { kind, file, cause: error, ...(key === undefined ? {} : { key }) });
  }
}
