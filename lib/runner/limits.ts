import type { EndpointLimits, RespondentReply } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import type { CallEvent } from "./call_events.ts";

export interface LimitSettings {
  /** Most requests under way at once. */
  readonly concurrency: number;
  /** Most requests a minute. */
  readonly requestsPerMinute: number | undefined;
  /** Most tokens a minute, of prompts and replies. */
  readonly tokensPerMinute: number | undefined;
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly stop: AbortSignal;
  readonly tell: (event: CallEvent) => void;
}

// A limit that does not say for how long is waited for a fifth of a second, then doubly as long, to half a minute.
const firstWaitMs = 200;
const longestWaitMs = 30_000;

/** What a reply says of its limits is believed for so long; an error says more exactly. */
const longestToldMs = 60_000;

/**
 * How many requests go out at once at the start; until a limit is met, one more joins them with each reply and each
 * millisecond in which replies could be read.
 */
const firstRequests = 16;

/** A pace that was measured grows by its own size in so many milliseconds, to find out whether more goes. */
const paceGrowthMs = 10_000;

/**
 * Requests leave so many times as fast as replies came, waits included: at the same pace, limits that have nothing to do
 * with it (one call in ten is held back, whatever is done) would slow it further each time, without end.
 */
const overMeasured = 2;

/** Fewer replies than this measure no pace; then requests leave so far apart. */
const leastMeasured = 5;
const unmeasuredGapMs = 5;

/** So far behind a pace is caught up with, as timers are late. */
const lateMs = 20;

/** Requests a minute, or tokens: each use sets forward when the next may be. */
class Pace {
  nextAt = -Infinity;

  constructor(readonly perMinute: number) {}

  use(amount: number, now: number): void {
    this.nextAt = Math.max(this.nextAt, now - lateMs) + amount * 60_000 / this.perMinute;
  }
}

/**
 * When the next request may go to an endpoint. Few at once (AIMD): a limit that is met halves how many may be under way,
 * each full round of replies allows one more (Chiu and Jain 1989, Computer Networks and ISDN Systems 17). Not too fast:
 * nothing goes out until the endpoint's `Retry-After` is over; then requests leave one by one, spaced with jitter by the
 * pace at which replies had come before the limit, which grows linearly. Who was held back goes first.
 */
export class Limits {
  readonly #requests: Pace | undefined;
  readonly #tokens: Pace | undefined;
  readonly #waiting: { readonly key: string; readonly go: () => void }[] = [];
  #pumping = false;
  #active = 0;
  /** How many may be under way, and how many of these until a limit was met. */
  #allowed: number;
  #opened = firstRequests;
  #startedAt: number | undefined;
  #cutAt = -Infinity;
  #until = -Infinity;
  /** Limits in a row without a reply between them. */
  #inRow = 0;
  #answers = 0;
  #answeredAt = -Infinity;
  #measuredFrom: number | undefined;
  #spacing: { gapMs: number; from: number; nextAt: number } | undefined;
  #left: EndpointLimits & { readonly at: number } = { at: 0 };
  #replies = 0;
  #tokensUsed = 0;
  /** The time goes on with each wait, whatever the clock says. */
  #waitedTo = -Infinity;

  constructor(readonly settings: LimitSettings) {
    const { requestsPerMinute, tokensPerMinute, concurrency, stop } = settings;
    this.#requests = requestsPerMinute === undefined ? undefined : new Pace(requestsPerMinute);
    this.#tokens = tokensPerMinute === undefined ? undefined : new Pace(tokensPerMinute);
    this.#allowed = concurrency;
    stop.addEventListener("abort", () => this.#waiting.splice(0).forEach(({ go }) => go()), { once: true });
  }

  /** The time of these limits, in milliseconds. */
  now(): number {
    return Math.max(this.settings.now(), this.#waitedTo);
  }

  /** Waits until a request may go out, or nothing more may; `first` before others that wait. Give it back with `leave`. */
  enter(key: string, first: boolean): Promise<void> | undefined {
    this.#startedAt ??= this.#measuredFrom = this.now();
    if (this.settings.stop.aborted || this.#waiting.length === 0 && this.#blockedMs() <= 0) {
      this.#send(key);
      return undefined;
    }
    return new Promise((resolve) => {
      const go = () => {
        this.#send(key);
        resolve();
      };
      if (first) this.#waiting.unshift({ key, go });
      else this.#waiting.push({ key, go });
      void this.#pump();
    });
  }

  /** A request is no longer under way. */
  leave(): void {
    this.#active--;
    if (this.#waiting.length > 0) void this.#pump();
  }

  /** A request was answered: its tokens count, and each full round of answers allows one request more at once. */
  answered(replies: readonly RespondentReply[]): void {
    const { concurrency, tell } = this.settings;
    this.#answers++;
    this.#inRow = 0;
    this.#answeredAt = this.now();
    const completion = replies.reduce((sum, { completionTokens }) => sum + (completionTokens ?? 0), 0);
    const tokens = (replies[0]?.promptTokens ?? 0) + completion;
    // What was taken for it on leaving was a guess.
    this.#tokens?.use(tokens - this.#tokensEach(), this.#answeredAt);
    this.#replies++;
    this.#opened++;
    this.#tokensUsed += tokens;
    if (this.#allowed >= concurrency) return;
    const before = Math.floor(this.#allowed);
    this.#allowed = Math.min(concurrency, this.#allowed + 1 / this.#allowed);
    const allowed = Math.floor(this.#allowed);
    if (allowed > before) tell({ kind: "concurrency", at: this.#answeredAt, allowed, cause: "grown" });
  }

  /** How long a limit is waited for that an endpoint tells, or does not. */
  waitFor(key: string, toldMs: number | undefined): number {
    if (toldMs !== undefined && toldMs > 0) return toldMs;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(this.#inRow, 10));
    return wait * (0.5 + 0.5 * stream(0, "limit", key, this.#inRow).uniform());
  }

  /** The endpoint held back a request that went out at `sentAt`: nothing goes out for `waitMs`, and then fewer at once. */
  limited(key: string, { sentAt, waitMs, cause }: { sentAt: number; waitMs: number; cause: string }): void {
    const { tell } = this.settings;
    const at = this.now();
    tell({ kind: "limited", at, key, cause, waitMs });
    this.#until = Math.max(this.#until, at + waitMs);
    // What went out before the last cut knows nothing of it.
    if (sentAt < this.#cutAt) return;
    const measuredMs = this.#until - this.#measuredFrom!;
    const gapMs = this.#answers >= leastMeasured
      ? measuredMs / this.#answers / overMeasured
      : this.#spacing?.gapMs ?? unmeasuredGapMs;
    this.#spacing = { gapMs, from: this.#until, nextAt: this.#until };
    // Two limits without a reply between them: one request finds out when the endpoint answers again.
    this.#allowed = this.#inRow > 0 ? 1 : Math.max(1, Math.min(this.#allowed, this.#opened) / 2);
    this.#opened = Infinity;
    this.#inRow++;
    this.#answers = 0;
    this.#measuredFrom = this.#until;
    this.#cutAt = at;
    tell({ kind: "concurrency", at, allowed: Math.floor(this.#allowed), cause: "cut" });
  }

  /** What an endpoint says, beside a reply, is left of its limits. */
  told(limits: EndpointLimits): void {
    const at = this.now();
    this.#left = { ...limits, at };
    const resetMs = Math.min(longestToldMs, limits.resetMs ?? 0);
    if (this.#remaining() > 0 || resetMs === 0 || at + resetMs <= this.#until) return;
    this.#until = at + resetMs;
    const cause = "nothing is left of the endpoint's limit";
    this.settings.tell({ kind: "limited", at, key: null, cause, waitMs: resetMs });
  }

  /** Whether no reply has come for so long. */
  silentFor(milliseconds: number): boolean {
    const since = Math.max(this.#answeredAt, this.#startedAt ?? Infinity);
    return this.now() - since >= milliseconds;
  }

  /** How many requests fit into what the endpoint last said was left. */
  #remaining(): number {
    const { remainingRequests = Infinity, remainingTokens = Infinity } = this.#left;
    const each = this.#tokensEach();
    return Math.min(remainingRequests, each > 0 ? Math.floor(remainingTokens / each) : remainingTokens);
  }

  /** The tokens that a call will take, going by those before. */
  #tokensEach(): number {
    return this.#replies === 0 ? 0 : this.#tokensUsed / this.#replies;
  }

  /** For how long the next request may not go out: 0 where it may, infinite where one must come back first. */
  #blockedMs(): number {
    const now = this.now();
    // While the endpoint's word holds, no more is under way than it says is left.
    const left = now < this.#left.at + (this.#left.resetMs ?? 0) ? Math.max(1, this.#remaining()) : Infinity;
    if (this.#active >= Math.min(Math.floor(this.#allowed), left)) return Infinity;
    if (this.#active >= this.#opened) return 1;
    const paced = Math.max(this.#requests?.nextAt ?? now, this.#tokens?.nextAt ?? now);
    return Math.max(this.#until, this.#spacing?.nextAt ?? now, paced) - now;
  }

  #send(key: string): void {
    const now = this.now();
    this.#active++;
    this.#requests?.use(1, now);
    this.#tokens?.use(this.#tokensEach(), now);
    const spacing = this.#spacing;
    if (spacing === undefined) return;
    const gapMs = spacing.gapMs / (1 + Math.max(0, now - spacing.from) / paceGrowthMs);
    // A gap that is shorter than a timer's step needs no jitter.
    const jitter = gapMs < 1 ? 1 : 0.5 + stream(0, "release", key, Math.round(now)).uniform();
    spacing.nextAt = Math.max(spacing.nextAt, now - lateMs) + gapMs * jitter;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    const { delay, stop } = this.settings;
    while (this.#waiting.length > 0 && !stop.aborted) {
      const blockedMs = this.#blockedMs();
      // Whoever comes back goes on.
      if (blockedMs === Infinity) break;
      if (blockedMs > 0) {
        const until = this.now() + blockedMs;
        await delay(blockedMs, stop).catch(() => {});
        this.#waitedTo = until;
        this.#opened++;
      } else this.#waiting.shift()!.go();
    }
    this.#pumping = false;
  }
}
