import { PgBoss } from "pg-boss";

export interface TrialJob {
  readonly id: string;
  /** Their rows in the plan. */
  readonly trials: readonly number[];
}

/** A worker that has said nothing for so long is lost, and its jobs are given to others. */
const heartbeatSeconds = 30;

/** Jobs in one statement. */
const mostJobs = 1000;

/** The trials of one plan in a queue (pg-boss) on PostgreSQL that several workers share. */
export class JobQueue {
  readonly #held = new Map<string, TrialJob>();
  readonly #done: string[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #failure: unknown;

  private constructor(readonly boss: PgBoss, readonly name: string, readonly schema: string) {}

  /** Opens the queue of a study; makes what is missing. Until it is closed, others are told that this worker lives. */
  static async open(url: string, name: string, schema: string): Promise<JobQueue> {
    const boss = new PgBoss({
      ...{ connectionString: url, schema, application_name: "understudy", max: 4 },
      ...{ schedule: false, supervise: false, monitorIntervalSeconds: 1, warningQueueSize: 2 ** 31 - 1 },
    });
    const queue = new JobQueue(boss, name, schema);
    boss.on("error", (error) => queue.#failure ??= error);
    await boss.start();
    // Of the same trials there is one job that waits or is worked on, however many workers fill the queue.
    const policy = { policy: "exclusive", heartbeatSeconds, expireInSeconds: 86_400, retryLimit: 1_000_000 };
    await boss.createQueue(name, { ...policy, deleteAfterSeconds: 60 });
    queue.#timer = setInterval(() => void queue.#touch(), 1000 * heartbeatSeconds / 4);
    return queue;
  }

  /** Whether any trial waits or is worked on. */
  async isOpen(): Promise<boolean> {
    const open = `SELECT 1 FROM ${this.schema}.job WHERE name = $1 AND state < 'completed'`;
    const { rows } = await this.boss.getDb().executeSql(`SELECT EXISTS (${open}) AS open`, [this.name]);
    return rows[0].open;
  }

  /** Adds trials that do not wait and are not worked on; of a large plan several in a job, which costs as much as one. */
  async add(trials: readonly number[]): Promise<void> {
    const size = Math.min(10, Math.ceil(trials.length / 1000));
    const jobs = Array.from({ length: Math.ceil(trials.length / size) }, (_, at) => {
      const some = trials.slice(at * size, (at + 1) * size);
      return { data: { trials: some }, singletonKey: `${some[0]}` };
    });
    for (let at = 0; at < jobs.length; at += mostJobs) {
      await this.boss.insert(this.name, jobs.slice(at, at + mostJobs), { returnId: false });
    }
  }

  /** Takes jobs, and reports those that are done. */
  async take(count: number): Promise<TrialJob[]> {
    const batchSize = Math.min(count, mostJobs);
    const [jobs] = await Promise.all([
      this.boss.fetch<{ trials: number[] }>(this.name, { batchSize }),
      this.#report(),
    ]);
    const taken = jobs.map(({ id, data }) => ({ id, trials: data.trials }));
    for (const job of taken) this.#held.set(job.id, job);
    if (taken.length === 0) await this.boss.supervise(this.name);
    return taken;
  }

  /** Notes that a job is done; said with the next jobs that are taken. */
  finish({ id }: TrialJob): void {
    this.#held.delete(id);
    this.#done.push(id);
  }

  /** Gives back what was not finished, and lets go of the database. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.#report();
      const held = [...this.#held.keys()];
      if (held.length > 0) await this.boss.fail(this.name, held, { reason: "given back" });
    } catch {
      // What cannot be said others find out: as this worker says nothing, and in the store.
    }
    await this.boss.stop({ graceful: false });
  }

  async #report(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const done = this.#done.splice(0);
    for (let at = 0; at < done.length; at += mostJobs) {
      await this.boss.complete(this.name, done.slice(at, at + mostJobs));
    }
  }

  async #touch(): Promise<void> {
    try {
      if (this.#held.size > 0) await this.boss.touch(this.name, [...this.#held.keys()]);
    } catch (error) {
      this.#failure ??= error;
    }
  }
}
