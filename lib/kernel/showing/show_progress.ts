import { answerStatuses, checkText, escapeHtml, visibleText } from "../../core/mod.ts";
import { readOptions, rule } from "../../core/options.ts";
import type { RunProgress } from "../../runner/mod.ts";
import { type NotebookKernel, notebookKernel } from "./notebook_kernel.ts";
import { randomUUID } from "node:crypto";

/**
 * Where progress appears: a notebook's display that is replaced in place, a terminal's line that is written over, or
 * lines of a log, one at about every tenth of the run.
 */
export type ProgressOutput =
  | ({ readonly kind: "notebook" } & NotebookKernel)
  | { readonly kind: "terminal"; write(text: string): void; readonly columns: number }
  | { readonly kind: "log"; write(text: string): void };

/** Options of {@linkcode showProgress}. */
export interface ShowProgressOptions {
  /**
   * What is under way, in a word or two.
   * @default {"Asking"}
   */
  label?: string;
}

/** Shortest time between two drawings, in milliseconds. */
const intervalMs = 200;

/** Takes in how far a run is; resolves once that has been drawn. */
export type ProgressListener = (event: RunProgress) => Promise<void>;

interface Drawing {
  id: string;
  shown: boolean;
  drawnAt: number;
  tenth: number;
  /** What is about to be asked; the summary takes its place. */
  beside: string | undefined;
}

/**
 * Shows how far a run is: a bar that fills in place, with counts by status, rate and time left, and by session and round
 * where subjects meet. Of an experiment it says first what will be asked and about what it costs, and last how it went.
 *
 * In a notebook it is one display below the cell that began the run; in a terminal one line; where the output is a file or a
 * pipe, a line of the standard error at about every tenth. One listener may serve several runs, one after the other.
 *
 * @param options see {@linkcode ShowProgressOptions} (defaults and units there)
 * @returns a function to pass as `onProgress` of a run; it need not be awaited and never rejects
 * @throws {TypeError} if an option is unknown
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { showProgress } from "@understudy/understudy/kernel";
 *
 * const listen = showProgress({ label: "Asking again" });
 * const drawn = listen({ done: 2, total: 2, cached: 0, statuses: { answered: 2 }, elapsedMs: 1000 });
 * assertEquals(await drawn, undefined);
 * ```
 */
export function showProgress(options: ShowProgressOptions = {}): ProgressListener {
  const { label } = readOptions("show progress", options, {
    label: rule<string, string>(checkText, "Asking"),
  });
  return progressListener(label, defaultOutput(), () => performance.now());
}

/** A listener that draws on an output, by a clock in milliseconds. */
export function progressListener(label: string, output: ProgressOutput, now: () => number): ProgressListener {
  let drawing: Drawing | undefined;
  // The summary of a run comes after its last call.
  let last: Drawing | undefined;
  // Drawings follow each other; one that fails must not end the run that it is about.
  let pending: Promise<void> = Promise.resolve();
  return (event) => {
    const { announcement, summary } = event;
    const current = drawing ?? (summary === undefined ? undefined : last) ??
      { id: randomUUID(), shown: false, drawnAt: -Infinity, tenth: -Infinity, beside: undefined };
    const ended = summary !== undefined || event.done >= event.total;
    const said = summary ?? announcement;
    current.beside = said ?? current.beside;
    drawing = ended ? undefined : current;
    last = summary === undefined ? current : undefined;
    const tenth = Math.floor(10 * event.done / event.total);
    const due = output.kind === "log" ? tenth > current.tenth : now() - current.drawnAt >= intervalMs;
    if (!due && !ended && said === undefined) return pending;
    const state = { ...current, ended, said };
    Object.assign(current, { shown: true, drawnAt: now(), tenth });
    pending = pending.then(() => draw(output, label, event, state)).catch(() => {});
    return pending;
  };
}

async function draw(
  output: ProgressOutput,
  label: string,
  event: RunProgress,
  state: Drawing & { ended: boolean; said: string | undefined },
): Promise<void> {
  const text = visibleText(`${label}: ${state.said ?? progressText(event)}`);
  if (output.kind === "notebook") {
    const bundle = { "text/html": barHtml(label, event, state.beside), "text/plain": text };
    await output.display(bundle, { display_id: state.id, update: state.shown });
  } else if (output.kind === "log") output.write(`${text}\n`);
  else {
    const full = Math.floor(shareDone(event) * 20);
    const most = Math.max(20, output.columns - 1);
    const bar = `${"█".repeat(full)}${"░".repeat(20 - full)} ${text}`.slice(0, most);
    const line = state.said === undefined ? bar : text;
    // Back to the start of the line, which is then cleared.
    output.write(`\r\x1b[2K${line}${state.ended || state.said !== undefined ? "\n" : ""}`);
  }
}

function barHtml(label: string, event: RunProgress, beside: string | undefined): string {
  const bar = `<progress max="1" value="${shareDone(event).toFixed(3)}" aria-label="${escapeHtml(label)}" ` +
    `style="width:12rem;vertical-align:middle"></progress>`;
  const below = beside === undefined ? "" : `<div style="opacity:0.75">${escapeHtml(beside)}</div>`;
  return `<div>${escapeHtml(label)} ${bar} ${escapeHtml(progressText(event))}</div>${below}`;
}

function defaultOutput(): ProgressOutput {
  const kernel = notebookKernel();
  if (kernel !== undefined) return { kind: "notebook", display: kernel.display };
  const encoder = new TextEncoder();
  const write = (text: string) => void Deno.stderr.writeSync(encoder.encode(text));
  if (!Deno.stderr.isTerminal()) return { kind: "log", write };
  return { kind: "terminal", write, columns: Deno.consoleSize().columns };
}

/** The share of a run that is done, 0 to 1. */
function shareDone({ done, total }: RunProgress): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}

/** Writes how far a run is: counts, statuses, rate and time left. */
export function progressText(event: RunProgress): string {
  const { done, total, cached, sessions, heldBack, elapsedMs } = event;
  const percent = `${Math.floor(shareDone(event) * 100)}%`;
  const parts = [`${done} of ${total}`, percent, ...statusText(event.statuses)];
  if (sessions !== undefined) parts.splice(2, 0, `${sessions.done} of ${sessions.total} sessions`);
  if (cached > 0) parts.push(`${cached} from the store`);
  if (heldBack !== undefined) parts.push(`held back ${heldBack} times`);
  // What comes from the store takes no time worth counting, so it says nothing about the calls ahead.
  const perSecond = (done - cached) / (elapsedMs / 1000);
  const known = Number.isFinite(perSecond) && perSecond > 0;
  if (known) parts.push(`${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`);
  if (done >= total || event.summary !== undefined) parts.push(`took ${durationText(elapsedMs / 1000)}`);
  else if (known) {
    const left = durationText((total - done) / perSecond);
    parts.push(left.startsWith("under") ? `${left} left` : `about ${left} left`);
  }
  return [...parts, ...roundsText(event.rounds)].join(" · ");
}

/** The latest rounds that calls were made in: those before them are about full. */
function roundsText(rounds: RunProgress["rounds"] = {}): string[] {
  const begun = Object.keys(rounds).map(Number).filter((round) => round > 0 && rounds[round]! > 0)
    .sort((a, b) => a - b);
  const shown = begun.slice(-5).map((round) => `${round}: ${rounds[round]}`);
  return shown.length === 0 ? [] : [`calls by round ${begun.length > 5 ? "… " : ""}${shown.join(", ")}`];
}

function statusText(statuses: RunProgress["statuses"]): string[] {
  const order: string[] = ["replied", ...answerStatuses];
  const names = [...order, ...Object.keys(statuses).filter((name) => !order.includes(name))];
  const present = names.filter((name) => (statuses[name] ?? 0) > 0);
  return present.length === 0 ? [] : [present.map((name) => `${statuses[name]} ${name}`).join(", ")];
}

function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 1) return "under 1 s";
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
