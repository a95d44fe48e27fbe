import { randomUUID } from "node:crypto";
import type { Store } from "../core/respondent.ts";

/** How long a key is taken for: a process that was killed keeps others waiting so long at most. */
const leaseMs = 20_000;

/** The keys that this process has taken in a store that others use too; taken anew until their calls end. */
export class Leases {
  readonly #holder: string = randomUUID();
  readonly #held = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly store: Store) {}

  /** Whether a key is ours now; `false` where another process has it, or a reply is there. */
  async take(key: string): Promise<boolean> {
    if (this.store.claim === undefined) return true;
    if (!await this.#claim(key)) return false;
    this.#held.add(key);
    this.#timer ??= setInterval(() => void this.#renew(), leaseMs / 4);
    return true;
  }

  /** Ends the time of a key; where no reply was kept, another may take it. */
  async end(key: string, kept: boolean): Promise<void> {
    if (!this.#held.delete(key)) return;
    if (this.#held.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    // A key that cannot be given back is free when its time is up; what came of its call is not lost over it.
    if (!kept) await Promise.try(() => this.store.release?.(key, this.#holder)).catch(() => {});
  }

  #claim(key: string): Promise<boolean> {
    return this.store.claim!(key, { holder: this.#holder, forMs: leaseMs });
  }

  async #renew(): Promise<void> {
    // A key that cannot be taken anew at this moment may be at the next; a store that is broken says so where it is used.
    await Promise.allSettled([...this.#held].map((key) => this.#claim(key)));
  }
}
