import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Protocol, tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { plotProtocol } from "@understudy/understudy/plots";
import * as steps from "@understudy/understudy/protocols";
import { declareProtocol, groups, responding, seat, treatment } from "@understudy/understudy/protocols";
import { declareTreatments } from "@understudy/understudy/treatments";
import { printValues } from "../../lib/kernel/showing/show.ts";
import { crowded, discussion, lone, say, tell } from "./protocols.ts";
import { drawnTexts, elementsOf, readSvg, textOf } from "./read_svg.ts";

type Row = { step: string; kind: string; who: string; heard_by: string; says: string; marks: string };
const rowsOf = (protocol: Protocol) => plotProtocol(protocol).table.objects() as Row[];
const rowOf = (protocol: Protocol, name: string) => rowsOf(protocol).find(({ step }) => step === name)!;

Deno.test("plotProtocol(protocol) says of every step who takes it, what happens, and who remembers it", () => {
  assertEquals(
    rowsOf(crowded).map(({ step, kind, who }) => `${step} ${kind} ${who}`).slice(0, 7),
    [
      "bias tell leader",
      "default probe ",
      "weeks rounds ",
      "news tell member, leader",
      "days rounds ",
      "say say member, leader",
      "flags ask judge",
    ],
  );
  assertEquals(plotProtocol(crowded).table.array("place"), [
    ...["1", "2", "3", "3.1", "3.2", "3.2.1", "3.2.2", "3.3", "4", "5"],
  ]);
  assertEquals(rowOf(crowded, "bias").says, "leader ← the treatment’s bias");
  assertEquals(rowOf(crowded, "days").says, "until s.lines.length > 40");
  assertStringIncludes(rowOf(crowded, "flags").marks, "on a branch that nobody remembers");
  assertStringIncludes(rowOf(crowded, "decision").marks, "in private");
  assertEquals(rowOf(discussion, "say 2").marks, `only when s.arm !== "none"`);
  assertEquals(rowOf(discussion, "probe").says, "user ← fear, 2 times");
});

Deno.test("plotProtocol(protocol) tells by role who hears whom, and what a function decides later as such", () => {
  // A script, a model: of these there is one, who does not hear itself.
  assertEquals(rowOf(discussion, "say 2").heard_by, "user, troll");
  assertEquals(rowOf(discussion, "say").heard_by, "user, troll, facilitator");
  const roles = discussion.roles;
  const said = (more: Partial<Protocol>) =>
    rowOf({ ...discussion, roles, ...more, steps: [say("say")] }, "say").heard_by;
  assertEquals(said({ hears: () => false }), "");
  assertEquals(
    said({ hears: (from, to) => from.role !== to.role && to.role !== "troll" }),
    "user, facilitator",
  );
  const dashes = (hears: Protocol["hears"]) => {
    const { svg } = plotProtocol({ ...discussion, hears, steps: [say("say", { by: "facilitator" })] });
    return elementsOf(readSvg(svg)).filter(({ name, attributes }) =>
      name === "path" && attributes["stroke-dasharray"] === "3 3"
    ).length;
  };
  assertEquals(dashes((from, to) => from.role !== to.role), 0);
  // Whose own role does not hear it has no ring; roles that hear each other have an arrow each.
  const drawn = (hears: Protocol["hears"]) => {
    const { svg } = plotProtocol({ ...discussion, hears, steps: [say("say", { by: ["user", "troll"] })] });
    const all = elementsOf(readSvg(svg));
    return [
      all.filter(({ name, attributes }) => name === "circle" && attributes.r === "9.5").length,
      svg.match(/rotate\(/g)?.length ?? 0,
    ];
  };
  assertEquals(drawn((from, to) => from.role === to.role), [2, 0]);
  assertEquals(drawn((from, to) => from.role !== to.role && to.role !== "facilitator"), [0, 2]);
  assertEquals(drawn(() => true), [2, 3]);
  assertEquals(dashes((from, to) => from.attributes.party === to.attributes.party), 2);
  assertEquals(dashes((_, __, s) => s.arm === "friends"), 2);
});

Deno.test("plotProtocol(protocol) frames rounds around their steps, at every width", () => {
  for (const width of [320, 640, 1200]) {
    const root = readSvg(plotProtocol(crowded, { width }).svg);
    const boxes = elementsOf(root).filter(({ name, attributes }) => name === "rect" && attributes.rx === "5")
      .map(({ attributes: { y, height } }) => [Number(y), Number(y) + Number(height)] as const);
    assertEquals(boxes.length, 2);
    const yOf = (text: string) => drawnTexts(root).find((drawn) => drawn.text.startsWith(text))!.y;
    const [outer, inner] = boxes.toSorted((a, b) => a[0] - b[0]) as [typeof boxes[0], typeof boxes[0]];
    const within = (text: string, [top, bottom]: readonly [number, number]) =>
      yOf(text) > top && yOf(text) < bottom;
    assertEquals(
      ["2 default", "3 weeks", "3.1 news", "3.2 days", "3.3 goods", "4 vote"].map((text) =>
        within(text, outer)
      ),
      [false, true, true, true, true, false],
    );
    assertEquals(
      ["3.1 news", "3.2 days", "3.2.1 say", "3.2.2 flags", "3.3 goods"].map((text) => within(text, inner)),
      [false, true, true, true, false],
    );
  }
});

Deno.test("plotProtocol(protocol) draws what reads the treatment in orange, and nothing that only quotes it", () => {
  const orange = (protocol: Protocol) =>
    elementsOf(readSvg(plotProtocol(protocol).svg))
      .filter(({ name, attributes }) => name === "text" && attributes.fill === "#c04a00").map(textOf);
  assertEquals(orange(lone), ["subject ← the treatment"]);
  assertEquals(orange(discussion), [
    "a model without a persona, the treatment",
    `only when s.arm !== "none"`,
  ]);
  assertEquals(orange({ ...lone, steps: [tell("tell", { text: "the treatment of .arm wounds" })] }), []);
});

Deno.test("plotProtocol(protocol) is cut where it is long, and its texts are one line without terminal sequences", () => {
  const many = Array.from(
    { length: 300 },
    (_, at) => tell(`tell ${at}`, { text: `a\x1b[31m\n${"b".repeat(9000)}` }),
  );
  const figure = plotProtocol({ ...lone, steps: many });
  assertStringIncludes(figure.svg, "… and 200 more steps");
  assertEquals(figure.table.numRows(), 300);
  // deno-lint-ignore no-control-regex -- these are what may not be there
  assert(!/[\x1b\n]/.test(figure.table.array("says").join("")));
});

Deno.test("plotProtocol(design) draws its protocol with its arms, or that of a subject on its own, and nothing else", () => {
  const treatments = declareTreatments({ none: "Stay silent.", rules: "Enforce the rules." });
  const design = declareDesign({ treatments, stated: [], items: [yesNo("fear", "Do you fear it?")] });
  const lone = plotProtocol(design);
  assertStringIncludes(lone.svg, "Arms: none, rules.");
  assertEquals(lone.table.array("says"), ["subject ← the treatment", "subject ← fear"]);
  const talk = declareProtocol({
    hears: groups(2, "random"),
    steps: [steps.tell(treatment()), steps.say({ by: seat(1, 3), order: responding(0.4), turns: 2 })],
  });
  const figure = plotProtocol(declareDesign({ treatments, stated: [], protocol: talk, clusters: "session" }));
  assertStringIncludes(figure.svg, "Who hears whom: groups of 2, random. Memory: all lines. Arms");
  assertEquals(figure.table.get("says", 1), "seat 1 or 3: in own words, 2 turns, order: responding");
  const roles = { subject: "", host: steps.script(() => "Welcome.") };
  const hosted = plotProtocol(declareProtocol({ roles, steps: [steps.say({ by: "host" })] }));
  assertEquals(hosted.table.get("says", 0), "host: by its script, in order");
  for (const wrong of [null, undefined, 3, tableOf({ a: [1] }), {}]) {
    assertThrows(
      () => plotProtocol(wrong as never),
      TypeError,
      "Cannot plot a protocol as 'protocol' must be",
    );
  }
});

Deno.test("show(protocol) writes it in a terminal: roles, steps, rounds as bars, what nobody remembers in brackets", async () => {
  const parts: string[] = [];
  await printValues([discussion], (text) => void parts.push(text));
  assertEquals(parts.join("").split("\n"), [
    "Who hears whom: everyone. Memory: the last 3 lines.",
    "user             a persona, “You join a discussion about immigration on a website.”",
    "troll            a persona, “You provoke the others.”",
    "facilitator      a model without a persona, the treatment",
    "",
    "1 opening (say)  those for whom m.seat === 1: as written, “They should all go home, and you know it.”, 1 turn, in order",
    "2 rounds × 15",
    "│ 2.1 say        user, troll: in own words, order: responding(0.4), may be silent",
    "│ 2.2 say 2      facilitator: in own words, in order, may be silent",
    `                 (only when s.arm !== "none")`,
    "│ 2.3 probe      user ← fear, 2 times",
    "                 (on a branch that nobody remembers)",
    "3 final (ask)    user ← force",
    "                 (in private: nobody hears the answers)",
    "",
  ]);
});
