import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { showProgress } from "@understudy/understudy/kernel";
import {
  progressListener,
  type ProgressOutput,
  progressText,
} from "../../../lib/kernel/showing/show_progress.ts";

const at = (done: number, total = 100, more: { cached?: number; elapsedMs?: number } = {}) => ({
  done,
  total,
  cached: 0,
  statuses: { replied: done } as { [status: string]: number },
  elapsedMs: done * 100,
  ...more,
});

/** A clock on which every look is a second after the one before. */
function clock(): () => number {
  let time = 0;
  return () => time += 1000;
}

function log(): { lines: string[]; output: ProgressOutput } {
  const lines: string[] = [];
  return { lines, output: { kind: "log", write: (text) => void lines.push(text) } };
}

Deno.test("showProgress() says counts by status, rate and time left", () => {
  const statuses = { failed: 2, replied: 110, refused: 8, odd: 1, unparsed: 0 };
  assertEquals(
    progressText({ done: 120, total: 400, cached: 20, statuses, elapsedMs: 10_000 }),
    "120 of 400 · 30% · 110 replied, 8 refused, 2 failed, 1 odd · 20 from the store · 10/s · about 28 s left",
  );
  assertEquals(
    progressText(at(7, 100, { elapsedMs: 2000 })),
    "7 of 100 · 7% · 7 replied · 3.5/s · about 27 s left",
  );
  assertStringIncludes(progressText(at(1, 3000, { elapsedMs: 2000 })), "about 1 h 39 min left");
  assertStringIncludes(progressText(at(1, 100, { elapsedMs: 1900 })), "about 3 min 8 s left");
});

Deno.test("showProgress() says how many sessions have ended, and the calls of the latest rounds, last on the line", () => {
  const rounds = { 10: 2, 9: 7, 0: 5, 1: 40, 2: 40, 3: 40, 8: 31, 11: 0 };
  const event = { ...at(50), sessions: { done: 3, total: 20 }, rounds };
  assertEquals(
    progressText(event),
    "50 of 100 · 50% · 3 of 20 sessions · 50 replied · 10/s · about 5 s left · " +
      "calls by round … 2: 40, 3: 40, 8: 31, 9: 7, 10: 2",
  );
  assertStringIncludes(progressText({ ...event, rounds: { 0: 5, 1: 4 } }), "left · calls by round 1: 4");
  assertEquals(progressText({ ...at(50), rounds: { 0: 50 } }), progressText(at(50)));
});

Deno.test("showProgress() says no rate where nothing was asked: before the first call, from the store, of nothing", () => {
  const none = { done: 0, total: 100, cached: 0, statuses: {}, elapsedMs: 0 };
  assertEquals(progressText(none), "0 of 100 · 0%");
  assertEquals(
    progressText(at(100, 100, { cached: 100, elapsedMs: 30 })),
    "100 of 100 · 100% · 100 replied · 100 from the store · took under 1 s",
  );
  assertEquals(progressText({ ...none, total: 0 }), "0 of 0 · 100% · took under 1 s");
});

Deno.test("showProgress() in a log writes a line at every tenth and the last, and no more", async () => {
  const { lines, output } = log();
  const listen = progressListener("Asking again", output, clock());
  for (let done = 1; done <= 100; done++) await listen(at(done));
  assertEquals(lines.map((line) => Number(/ (\d+) of/.exec(line)![1])), [
    1,
    10,
    20,
    30,
    40,
    50,
    60,
    70,
    80,
    90,
    100,
  ]);
  assertEquals(lines.at(-1), "Asking again: 100 of 100 · 100% · 100 replied · 10/s · took 10 s\n");
});

Deno.test("showProgress() in a terminal writes over one line at most every interval, and ends it", async () => {
  let time = 0;
  const parts: string[] = [];
  const output: ProgressOutput = { kind: "terminal", write: (text) => void parts.push(text), columns: 60 };
  const listen = progressListener("Asking", output, () => time);
  for (let done = 1; done <= 100; done++, time += 50) await listen(at(done));
  // Drawn at 1, then every fourth event (4 × 50 ms), and the last.
  assertEquals(parts.length, 26);
  const cleared = "\r\x1b[2K";
  const lines = parts.map((part) => part.slice(cleared.length));
  assertEquals(parts.every((part) => part.startsWith(cleared)), true);
  for (const line of lines) assertMatch(line, /^[█░]{20} Asking: .{1,30}$/m);
  assertEquals(parts.filter((part) => part.endsWith("\n")), [parts.at(-1)]);
  assertEquals(Math.max(...lines.map((line) => line.trimEnd().length)), 59);
  assertStringIncludes(parts[12]!, "█████████░░░░░░░░░░░ Asking: 49 of 100 · 49%");
});

Deno.test("showProgress() in a notebook replaces one display in place, and a second run gets its own", async () => {
  const shown: { html: string; display_id?: string; update?: boolean }[] = [];
  const output: ProgressOutput = {
    kind: "notebook",
    display: (bundle, placement) => {
      shown.push({ html: String(bundle["text/html"]), ...placement });
      return Promise.resolve();
    },
  };
  const listen = progressListener(`<b>"&"</b>`, output, clock());
  for (const done of [1, 2, 3, 1, 3]) await listen(at(done, 3));
  assertEquals(shown.map(({ update }) => update), [false, true, true, false, true]);
  const ids = shown.map(({ display_id }) => display_id);
  assertEquals([ids[1], ids[2], ids[4]], [ids[0], ids[0], ids[3]]);
  assertEquals(ids[0] === ids[3], false);
  assertStringIncludes(
    shown[1]!.html,
    '<progress max="1" value="0.667" aria-label="&lt;b&gt;&quot;&amp;&quot;',
  );
});

Deno.test("showProgress() says what will be asked before the first call, and how it went after the last", async () => {
  const first = { ...at(0, 100), announcement: "100 calls to m, about 1.20 USD" };
  const end = { ...at(40), summary: "38 of 100 calls usable" };
  const { lines, output } = log();
  const write = progressListener("Asking", output, clock());
  for (const event of [first, at(1), at(40), end]) await write(event);
  assertEquals(lines.length, 3);
  assertEquals(lines.at(0), "Asking: 100 calls to m, about 1.20 USD\n");
  assertEquals(lines.at(-1), "Asking: 38 of 100 calls usable\n");
  const parts: string[] = [];
  const terminal: ProgressOutput = { kind: "terminal", write: (text) => void parts.push(text), columns: 80 };
  const draw = progressListener("Asking", terminal, clock());
  for (const event of [first, at(100), { ...end, done: 100 }, at(1, 2)]) await draw(event);
  assertEquals(parts.map((part) => part.endsWith("\n")), [true, true, true, false]);
  const shown: { html: string; id: string | undefined }[] = [];
  const listen = progressListener("Asking", {
    kind: "notebook",
    display: (bundle, placement) => {
      shown.push({ html: String(bundle["text/html"]), id: placement?.display_id });
      return Promise.resolve();
    },
  }, clock());
  for (const event of [first, at(40), end, at(1, 2)]) await listen(event);
  assertEquals(shown.map(({ html }) => /opacity:0.75">([^<]*)/.exec(html)?.[1]), [
    first.announcement,
    first.announcement,
    end.summary,
    undefined,
  ]);
  assertEquals(shown[2]!.id, shown[0]!.id);
  // A run that ended early has no time left.
  assertStringIncludes(shown[2]!.html, "40 of 100 · 40% · 40 replied · 10/s · took 4 s");
  assertEquals(shown[3]!.id === shown[0]!.id, false);
});

Deno.test("showProgress() never rejects, draws in order, and names an unknown option", async () => {
  const order: number[] = [];
  const output: ProgressOutput = {
    kind: "notebook",
    display: (bundle) => {
      order.push(Number(/(\d+) of/.exec(String(bundle["text/plain"]))![1]));
      return Promise.reject(new Error("no display"));
    },
  };
  const listen = progressListener("Asking", output, clock());
  const results = await Promise.all([1, 2, 3].map((done) => listen(at(done, 3))));
  assertEquals(results, [undefined, undefined, undefined]);
  assertEquals(order, [1, 2, 3]);
  assertThrows(() => showProgress({ title: "x" } as never), TypeError, "option 'title' is unknown");
});
