import { setImmediate } from "node:timers";

/** Resolves in the next turn of the event loop, in microseconds; a timer of 0 ms takes one or two. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Work that arrives in one turn of the event loop is done together: one transaction, one round trip. */
export class Batches<Item, Result> {
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #underWay = 0;
  #isDue = false;

  /** What does a batch and gives the results in order; at most so many items in it, and so many of them under way. */
  constructor(
    readonly work: (items: Item[]) => Promise<Result[]>,
    readonly most: number,
    readonly atOnce: number,
  ) {}

  /** Does one piece of work with what else arrives; settles when its batch is done. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing is left to do. */
  async drain(): Promise<void> {
    while (this.#waiting.length + this.#underWay > 0) await pause(1);
  }

  #schedule(): void {
    if (this.#isDue || this.#waiting.length === 0 || this.#underWay >= this.atOnce) return;
    this.#isDue = true;
    setImmediate(() => void this.#start());
  }

  async #start(): Promise<void> {
    this.#isDue = false;
    this.#underWay++;
    const batch = this.#waiting.splice(0, this.most);
    this.#schedule();
    try {
      const results = await this.work(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => resolve(results[at]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#underWay--;
    this.#schedule();
  }
}
