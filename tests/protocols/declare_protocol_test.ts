import { assert, assertEquals, assertThrows } from "@std/assert";
import { yesNo } from "@understudy/understudy/items";
import {
  ask,
  declareProtocol,
  type DeclareProtocolOptions,
  everyone,
  lines,
  model,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";

const items = [yesNo("agrees", "Do you agree?")];
const steps = [tell(treatment()), ask(items)];

Deno.test("declareProtocol(steps) has the defaults of the documentation and is frozen, all the way down", () => {
  const protocol = declareProtocol({ steps: [...steps, rounds(2, [say()])] });
  assertEquals(protocol.roles, { subject: { kind: "persona", text: "" } });
  assertEquals(protocol.memory, { last: null });
  assertEquals(protocol.hears, everyone);
  const { roles, memory, steps: [, , repeated] } = protocol;
  assert(repeated?.kind === "rounds");
  for (
    const part of [
      protocol,
      roles,
      roles.subject,
      memory,
      protocol.steps,
      repeated,
      repeated.steps,
      repeated.steps[0],
    ]
  ) {
    assert(Object.isFrozen(part));
  }
});

Deno.test("declareProtocol names steps by kind and number, through rounds; a name of its own leaves the others theirs", () => {
  const named = declareProtocol({
    steps: [
      ...steps,
      say(),
      rounds(2, [say(), ask(items, { name: "final" }), rounds(3, [ask(items)])]),
      say(),
    ],
  }).steps;
  assertEquals(named.map(({ name }) => name), ["tell", "ask", "say", "rounds", "say 3"]);
  const [outer] = named.filter((step) => step.kind === "rounds");
  assertEquals(outer!.steps.map(({ name }) => name), ["say 2", "final", "rounds 2"]);
  const again = say();
  assertEquals(declareProtocol({ steps: [steps[0]!, again, again] }).steps.map(({ name }) => name), [
    "tell",
    "say",
    "say 2",
  ]);
  assertEquals(again.name, "");
});

Deno.test("declareProtocol(roles) are texts of personas, models and scripts", () => {
  const { roles } = declareProtocol({
    roles: {
      member: "You advise.",
      troll: (s) => `You provoke in ${s.arm}.`,
      told: treatment("bias"),
      judge: model("You judge."),
      host: script(lines(["Welcome."])),
    },
    steps: [say({ by: ["host", "member"] }), ...steps, ask(items, { to: "judge", each: "line" })],
  });
  assertEquals(Object.values(roles).map(({ kind }) => kind), [
    "persona",
    "persona",
    "persona",
    "model",
    "script",
  ]);
});

const hosted = { subject: "", host: script(lines(["Welcome."])) };

Deno.test("declareProtocol takes judges of earlier rounds, and roles that a function may choose", () => {
  declareProtocol({ steps: [rounds(2, [ask(items, { each: "line" }), say()])] });
  declareProtocol({ steps: [say({ by: ({ role }) => role === "host" })], roles: hosted });
});

Deno.test("declareProtocol(bad input) says what is wrong", () => {
  const wrong: [object, string][] = [
    [{}, "'steps' must be a list of at least one step"],
    [{ steps: [] }, "'steps' must be a list of at least one step"],
    [{ steps: [items[0]] }, "made by tell(), ask(), probe()"],
    [{ steps, role: {} }, "option 'role' is unknown"],
    [{ steps, roles: [] }, "'roles' must be an object"],
    [{ steps, roles: { judge: model("You judge.") } }, "'roles' must have one that is a persona's"],
    [{ steps, roles: {} }, "'roles' must have one that is a persona's"],
    [{ steps, roles: { member: "You {{ are" } }, "'roles.member' is not a template"],
    [{ steps, roles: { member: 3 } }, "'roles.member' must be a text"],
    [{ steps, hears: "everyone" }, "'hears' must be a function"],
    [{ steps, memory: { last: 1.5 } }, "'memory.last' must be a whole number"],
    [{ steps, memory: { first: 3 } }, "option 'first' is unknown"],
    [{ steps, memory: {} }, "'memory.last' must be a whole number"],
    [{ steps: [...steps, ask(items, { to: "leader" })] }, "'steps.ask 2' must be one of"],
    [{ steps: [...steps, rounds(2, [say({ by: ["subject", "troll"] })])] }, "'steps.say' must be one of"],
    [{ steps: [...steps, ask(items, { name: "ask" })] }, "'steps' must have names of their own"],
    [{ steps: [...steps, say({ name: "vote" }), ask(items, { name: "vote" })] }, "'vote' twice"],
    [{ steps, roles: { subject: "", judge: model("You judge.") } }, "'roles.judge' must take a step"],
    [
      { steps: [ask(items, { each: "line" }), say()] },
      "'steps.ask' must come after a step in which personas speak",
    ],
    [
      { steps: [say({ by: "host" }), ask(items, { each: "line" })], roles: hosted },
      "'steps.ask' must come after a step in which personas speak",
    ],
    [{ steps: [tell(treatment())] }, "'steps' must ask, say or play something"],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => declareProtocol(options as DeclareProtocolOptions), Error, message);
  }
});
