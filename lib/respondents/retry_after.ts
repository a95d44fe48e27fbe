/** The longest wait that is believed, in seconds; larger numbers are points in time, not waits. */
const longestWait = 1_000_000;

/**
 * How long an endpoint asks to wait, in milliseconds: `Retry-After` (seconds or a date), else the reset of a rate
 * limit that is used up.
 *
 * @see RFC 9110, section 10.2.3 (Retry-After)
 */
export function retryAfter(headers: Headers): number | undefined {
  return milliseconds(headers.get("retry-after-ms")) ?? retryAfterHeader(headers) ?? rateLimitReset(headers);
}

function milliseconds(text: string | null): number | undefined {
  return text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Math.ceil(Number(text)) : undefined;
}

function retryAfterHeader(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    return Number(text) > longestWait ? undefined : Math.ceil(Number(text) * 1000);
  }
  // Date.parse alone takes "-5" for a date.
  const until = /^[A-Z][a-z]{2,8},? .*\d:\d/.test(text) ? Date.parse(text) : NaN;
  // The endpoint's own clock, where it tells it, so that a wrong clock here does no harm.
  const now = Date.parse(headers.get("date") ?? "");
  const wait = until - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function rateLimitReset(headers: Headers): number | undefined {
  const waits = ["requests", "tokens"]
    .filter((kind) => Number(headers.get(`x-ratelimit-remaining-${kind}`) ?? 0) <= 0)
    .map((kind) => duration(headers.get(`x-ratelimit-reset-${kind}`)))
    .filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** Reads a wait such as `6m0s`, `1.5s` or `120ms`; a bare number is seconds. */
function duration(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    return Number(text) > longestWait ? undefined : Math.ceil(Number(text) * 1000);
  }
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [days, hours, minutes, seconds, rest] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.ceil((((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000 + rest!);
}
