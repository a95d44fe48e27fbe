import type { RunProgress } from "../runner/mod.ts";

/** The share of a run that is done, 0 to 1. */
export function shareDone({ done, total }: RunProgress): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}

/** Writes how far a run is: counts, statuses, rate and time left. */
export function progressText(event: RunProgress): string {
  const { done, total, cached, elapsedMs } = event;
  const percent = `${Math.floor(shareDone(event) * 100)}%`;
  const parts = [`${done} of ${total}`, percent, ...statusText(event.statuses)];
  if (cached > 0) parts.push(`${cached} from the store`);
  // What comes from the store takes no time worth counting, so it says nothing about the calls ahead.
  const perSecond = (done - cached) / (elapsedMs / 1000);
  const known = Number.isFinite(perSecond) && perSecond > 0;
  if (known) parts.push(`${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`);
  if (done >= total) parts.push(`took ${durationText(elapsedMs / 1000)}`);
  else if (known) parts.push(`about ${durationText((total - done) / perSecond)} left`);
  return parts.join(" · ");
}

function statusText(statuses: RunProgress["statuses"]): string[] {
  const order = ["replied", "answered", "refused", "unparsed", "truncated", "failed"];
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
