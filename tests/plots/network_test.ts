import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { plotNetwork } from "@understudy/understudy/plots";
import { describeSession } from "@understudy/understudy/report";
import { crowd, friendships, persuaded } from "./networks.ts";
import { drawnTexts, readSvg } from "./read_svg.ts";

const texts = (svg: string) => drawnTexts(readSvg(svg)).map(({ text }) => text);

Deno.test("plotNetwork() knows who heard whom from the lines, and each one's first and last answer", () => {
  const { table, summary } = plotNetwork(persuaded, { outcome: "attitude" });
  assertEquals(table.objects(), [
    { member: "p14", name: "Citizen 1", role: "citizen", first: 3, last: 4, hears: "p3, p27, p8" },
    { member: "p3", name: "Citizen 2", role: "citizen", first: 3, last: 5, hears: "p14, p27, persuader" },
    { member: "p27", name: "Citizen 3", role: "citizen", first: 7, last: 6, hears: "p14, p3, p8" },
    { member: "p8", name: "Citizen 4", role: "citizen", first: 7, last: 6, hears: "p14, p27" },
    { member: "p41", name: "Citizen 5", role: "citizen", first: 5, last: 9, hears: "persuader" },
    { member: "persuader", name: "Persuader", role: "persuader", first: NaN, last: NaN, hears: "" },
  ]);
  assert(summary.includes("Citizen 1 3, 4; Citizen 2 3, 5;"), summary);
});

Deno.test("plotNetwork() calls members by role and seat, as a transcript does", () => {
  const row = { session: "s", kind: "answer", item: "q", heard_by: "" };
  const members = [["p9", "member", 3], ["p1", "chair", 1], ["p5", "member", 2]] as const;
  const answers = tableOf(members.map(([member, role, seat], value) => (
    { ...row, member, persona_id: member, role, seat, value, line: 1 }
  )));
  const names = plotNetwork(answers, { outcome: "q" }).table.array("name");
  assertEquals(names, ["Member 2", "Chair", "Member 1"]);
  const told = describeSession(
    tableOf(answers.objects().map((one) => ({ ...one, step: "ask", round: 0, status: "answered" }))),
    "s",
  );
  assertEquals(told.table.array("name"), names);
});

Deno.test("plotNetwork() draws first beside last answers where there are both, else one panel", () => {
  const both = texts(plotNetwork(persuaded, { outcome: "attitude" }).svg);
  assertEquals(both.filter((text) => /answers$/.test(text)), ["First answers", "Last answers"]);
  assertEquals(both.filter((text) => text === "Citizen 5").length, 2);
  const once = texts(plotNetwork(crowd, { outcome: "attitude", edges: friendships }).svg);
  assertEquals(once.filter((text) => /answers$/.test(text)), []);
});

Deno.test("plotNetwork() draws a line for each edge, with a head where only one hears", () => {
  // Two who are friends, and one who is heard by both and hears nobody: three lines, two heads.
  const row = { session: "s", role: "a", kind: "line", item: "say", value: "" };
  const network = plotNetwork(
    tableOf([
      { ...row, member: "x", heard_by: "y" },
      { ...row, member: "y", heard_by: "x" },
      { ...row, member: "z", heard_by: "x, y, somebody else" },
      { ...row, member: "x", kind: "payoff", item: "payoff", value: 3, heard_by: "" },
    ]),
    { outcome: "payoff" },
  );
  assertEquals(network.svg.match(/<g [^>]*stroke-opacity="0.7"/g)?.length, 3);
  assertEquals(network.svg.match(/rotate\(/g)?.length, 2);
});

Deno.test("plotNetwork() puts friends nearer to each other than others, in the same places every time", () => {
  const draw = () => plotNetwork(crowd, { outcome: "attitude", edges: friendships }).svg;
  const svg = draw();
  assertEquals(draw(), svg);
  const far = ([x1, y1]: readonly number[], [x2, y2]: readonly number[]) => Math.hypot(x1! - x2!, y1! - y2!);
  const lines = [...svg.matchAll(/<path d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"/g)].map(([, ...at]) =>
    at.map(Number)
  );
  const dots = [...svg.matchAll(/<circle r="5" cy="([\d.]+)" cx="([\d.]+)"/g)].map((
    [, y, x],
  ) => [Number(x), Number(y)]);
  assertEquals([lines.length, dots.length], [friendships.numRows(), 60]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const friends = mean(lines.map(([x1, y1, x2, y2]) => far([x1!, y1!], [x2!, y2!])));
  const all = mean(dots.flatMap((one, at) => dots.slice(at + 1).map((other) => far(one, other))));
  assert(friends < 0.5 * all, `${friends} of ${all}`);
});

Deno.test("plotNetwork() refuses a session that is not there, an item without numbers, and too many members", () => {
  const draw = (options: Parameters<typeof plotNetwork>[1]) => () => plotNetwork(persuaded, options);
  assertThrows(draw({ outcome: "attitude", session: "g3" }), RangeError, "g2");
  assertThrows(draw({ outcome: "say" }), RangeError, "'outcome' must be answered with numbers");
  assertThrows(
    draw({ outcome: "attitude", edges: tableOf({ from: ["p1"] }) }),
    RangeError,
    "has no column 'to'",
  );
  const row = { session: "s", role: "a", kind: "answer", item: "q", value: 1, heard_by: "" };
  const many = tableOf(Array.from({ length: 201 }, (_, at) => ({ ...row, member: `p${at}` })));
  assertThrows(() => plotNetwork(many, { outcome: "q" }), RangeError, "at most 200 members");
});

Deno.test("plotNetwork() draws one trial of a session, and probes only where nothing else holds the outcome", () => {
  const row = {
    session: "s",
    role: "a",
    kind: "answer",
    item: "q",
    heard_by: "",
    trial_id: "s:control",
    value: 1,
  };
  const rows = [{ ...row, member: "x" }, { ...row, member: "x", kind: "probe", value: 9 }];
  const both = tableOf([...rows, { ...row, member: "x", trial_id: "s:plea", value: 5 }]);
  const plot = (answers: Table) =>
    plotNetwork(answers, { outcome: "q" }).table.objects() as { last: number }[];
  assertThrows(() => plot(both), RangeError, `answers.filter("d => d.trial_id === 's:control'")`);
  assertEquals(plot(both.filter("d => d.trial_id === 's:control'")).map(({ last }) => last), [1]);
  assertEquals(plot(tableOf(rows.slice(1))).map(({ last }) => last), [9]);
});
