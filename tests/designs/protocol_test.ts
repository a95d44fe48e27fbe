import { assertEquals, assertThrows } from "@std/assert";
import { assignTreatments, declareDesign, type DeclareDesignOptions } from "@understudy/understudy/designs";
import { declareConjoint, declareFactorial } from "@understudy/understudy/designs";
import { tableOf } from "@understudy/understudy/core";
import { likert, yesNo } from "@understudy/understudy/items";
import {
  ask,
  declareProtocol,
  play,
  probe,
  publicGoods,
  rounds,
  say,
  type Step,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { items, treatmentsOf } from "./fixtures.ts";

const treatments = treatmentsOf("control", "threat");
const agrees = yesNo("agrees", "Do you agree?");
const anger = likert("anger", "How angry are you?", { points: 7 });
const protocolOf = (...steps: Step[]) => declareProtocol({ steps: [tell(treatment()), ...steps] });
const declare = (options: Partial<DeclareDesignOptions>) =>
  declareDesign({ treatments, stated: [], ...options });
const game = publicGoods({ endowment: 10, multiplier: 2 });

Deno.test("declareDesign(protocol) asks the questions of the ask steps, each once, in rounds too", () => {
  const again = yesNo("agrees", "Do you agree?");
  const protocol = protocolOf(
    ask([agrees]),
    rounds(2, [say(), rounds(2, [ask([anger, again])])]),
    ask([again]),
  );
  const design = declare({ protocol });
  assertEquals(design.items, [agrees, anger]);
  assertEquals(design.protocol, protocol);
});

Deno.test("declareDesign(protocol) needs no question where something is said, probed or played", () => {
  for (const step of [say(), probe([agrees]), play(game)]) {
    assertEquals(declare({ protocol: protocolOf(step) }).items, []);
  }
});

Deno.test("declareDesign takes items or a protocol, exactly one", () => {
  assertThrows(() => declare({}), TypeError, "'items' must be a list of at least one question");
  assertThrows(
    () => declare({ items, protocol: protocolOf(say()) }),
    RangeError,
    "'items' must be left out where there is a 'protocol'",
  );
  assertThrows(() => declare({ protocol: [say()] as never }), TypeError, "be the result of declareProtocol");
});

Deno.test("declareDesign(protocol) refuses one name for two things; a probe may ask a stated attribute back", () => {
  const other = yesNo("agrees", "Do you still agree?");
  assertThrows(
    () => declare({ protocol: protocolOf(ask([agrees]), ask([other])) }),
    RangeError,
    "one question by one name",
  );
  const [choice] = game.items;
  const own = "have names of their own";
  assertThrows(
    () => declare({ protocol: protocolOf(play(game), ask([yesNo(choice!, "Well?")])) }),
    RangeError,
    own,
  );
  assertThrows(() => declare({ protocol: protocolOf(play(game)), stated: [choice!] }), RangeError, own);
  assertThrows(() => declare({ protocol: protocolOf(ask([yesNo("round", "Well?")])) }), RangeError, own);
  assertThrows(() => declare({ protocol: protocolOf(say()), stated: ["session"] }), RangeError, own);
  assertThrows(
    () => declare({ protocol: protocolOf(ask([agrees])), stated: ["agrees"] }),
    RangeError,
    "not have the name of a question",
  );
  assertEquals(declare({ protocol: protocolOf(probe([agrees])), stated: ["agrees"] }).stated, ["agrees"]);
  assertEquals(declare({ protocol: protocolOf(play(game), play(game)) }).items, []);
});

Deno.test("declareDesign(protocol) knows the factors whose text is read", () => {
  const factors = declareFactorial({
    factors: { bias: ["none", "hawkish"], structure: ["alone", "leader"] },
    text: "A {{ bias }} briefing, {{ structure }}.",
  });
  const read = (name: string) =>
    declareProtocol({ steps: [rounds(1, [tell(treatment(name))]), ask([agrees])] });
  const design = declareDesign({ factors, protocol: read("bias"), stated: [] });
  assertEquals(design.protocol?.steps.length, 2);
  assertThrows(
    () => declareDesign({ factors, protocol: read("biass"), stated: [] }),
    RangeError,
    "did you mean 'bias'?",
  );
  assertThrows(() => declare({ protocol: read("bias") }), RangeError, "where the design has no factors");
  const role = declareProtocol({ roles: { subject: treatment("bias") }, steps: [ask([agrees])] });
  assertThrows(() => declare({ protocol: role }), RangeError, "where the design has no factors");
});

Deno.test("declareDesign(conversation) has a place within subjects alone", () => {
  assertEquals(declare({ items, subjects: "within", conversation: "one" }).conversation, "one");
  assertEquals(declare({ items, subjects: "within" }).conversation, "separate");
  for (const conversation of ["one", "separate"] as const) {
    assertThrows(
      () => declare({ items, conversation }),
      RangeError,
      "'conversation' must be left out between subjects",
    );
  }
  assertThrows(
    () => declare({ items, subjects: "within", conversation: "both" as never }),
    RangeError,
    "be one of",
  );
});

Deno.test("declareDesign(elicit log-probabilities) needs one question a call in each ask step", () => {
  const elicit = "log-probabilities";
  const together = protocolOf(ask([agrees], { as: "apart" }), ask([agrees]));
  assertThrows(
    () => declare({ protocol: together, elicit }),
    RangeError,
    '\'ask\' must be "in turn" or "apart"',
  );
  assertEquals(declare({ protocol: together, elicit, ask: "in turn" }).elicit, elicit);
  assertEquals(declare({ protocol: protocolOf(ask([agrees], { as: "apart" })), elicit }).ask, "together");
});

Deno.test("assignTreatments takes a design whose protocol asks nothing", () => {
  const personas = tableOf({ persona_id: ["p1", "p2"] });
  assertEquals(assignTreatments(personas, declare({ protocol: protocolOf(say()) })).numRows(), 2);
});

Deno.test("declareDesign(protocol, conjoint) is refused: a task's profiles are no session", () => {
  const conjoint = declareConjoint({ features: { job: ["nurse", "cook"] } });
  assertThrows(
    () => declareDesign({ conjoint, protocol: protocolOf(ask([agrees])), stated: [] }),
    RangeError,
    "'protocol' must be left out where there is a 'conjoint'",
  );
});
