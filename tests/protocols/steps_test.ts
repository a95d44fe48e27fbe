import { assert, assertEquals, assertThrows } from "@std/assert";
import { likert, yesNo } from "@understudy/understudy/items";
import {
  ask,
  desire,
  everyone,
  lines,
  model,
  nobody,
  play,
  probe,
  rounds,
  say,
  script,
  seat,
  type Step,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { membersOf, viewOf } from "./session.ts";

const items = [yesNo("agrees", "Do you agree?"), likert("anger", "How angry are you?", { points: 7 })];

Deno.test("steps have the defaults of the documentation and are frozen", () => {
  const base = { name: "", when: null, hears: null };
  assertEquals(tell("Hello."), { kind: "tell", text: "Hello.", to: null, ...base } as Step);
  assertEquals(
    ask(items),
    { kind: "ask", items, to: null, as: null, heard: "none", each: null, before: 0, ...base } as Step,
  );
  assertEquals(
    probe(items),
    { kind: "probe", items, to: null, persona: true, times: 1, asksBack: {}, ...base } as Step,
  );
  const { order, ...said } = say();
  assert(order !== "at once" && order.name === "in order");
  assertEquals<unknown>(
    said,
    { kind: "say", by: null, text: null, prompt: null, turns: null, silence: false, ...base },
  );
  assertEquals(rounds(2, [say()]).until, null);
  for (const step of [tell("Hello."), ask(items), probe(items), say(), rounds(2, [say()])]) {
    assert(Object.isFrozen(step));
  }
});

Deno.test("steps say which option is wrong", () => {
  const wrong: [() => unknown, string][] = [
    [() => tell(""), "'text' must be a non-empty text"],
    [() => tell("Hello {{ name"), "is not a template"],
    [() => tell("Hello {name}."), "single braces"],
    [() => tell(3 as never), "'text' must be a text, a function of s, or treatment()"],
    [() => tell("Hello.", { too: "member" } as never), "option 'too' is unknown"],
    [() => tell("Hello.", { to: [] }), "'to' must name a role"],
    [() => tell("Hello.", { when: true as never }), "'when' must be a function"],
    [() => tell("Hello.", { name: " " }), "'name' must be a non-empty text"],
    [() => treatment(""), "'factor' must be"],
    [() => ask([]), "'items' must be a list of at least one question"],
    [() => ask([items[0]!, items[0]!]), "distinct names"],
    [() => ask(items, { as: "alone" as never }), "'as' must be one of"],
    [() => ask(items, { before: -1, each: "line" }), "'before' must be a whole number"],
    [() => ask(items, { before: 2 }), "'before' must be left out where `each` is not"],
    [() => ask(items, { each: "line", heard: "after" }), "'heard' must be left out where lines are judged"],
    [() => ask(items, { each: "line", hears: nobody }), "'hears' must be left out where lines are judged"],
    [
      () => probe(items, { persona: false, to: "subject" }),
      "'to' must be left out where no persona is asked",
    ],
    [
      () => probe(items, { persona: false, when: () => true }),
      "'when' must be left out where no persona is asked",
    ],
    [() => probe(items, { times: 0 }), "'times' must be a whole number of at least 1"],
    [() => probe(items, { asksBack: { agree: "party" } }), "did you mean 'agrees'?"],
    [() => probe(items, { asksBack: { agrees: 1 } as never }), "'asksBack' must be an object"],
    [() => probe(items, { hears: everyone } as never), "option 'hears' is unknown"],
    [() => say({ text: "Yes.", prompt: "Speak." }), "'prompt' must be left out where there is a 'text'"],
    [() => say({ text: "Yes.", silence: true }), "'silence' must be left out"],
    [() => say({ text: "Yes.", order: desire({ threshold: 3 }) }), "'order' must be left out"],
    [() => say({ order: "random" as never }), "'order' must be inOrder(), responding(p)"],
    [() => say({ turns: 1.5 }), "'turns' must be a whole number"],
    [() => play({} as never), "'game' must be a game"],
    [() => rounds(0, [say()]), "'rounds' must be a whole number of at least 1"],
    [() => rounds(2, []), "'steps' must be a list of at least one step"],
    [() => rounds(2, [say] as never), "made by tell(), ask(), probe(), say(), play(), rounds()"],
    [() => model(""), "'text' must be a non-empty text"],
    [() => model("You judge.", { respondent: "gpt" as never }), "'respondent' must be a respondent"],
    [() => script("Hello." as never), "'script' must be a function"],
    [() => lines(["Hello.", ""]), "'texts' must be a non-empty text"],
    [() => seat(0), "'seats' must be a whole number of at least 1"],
  ];
  for (const [declare, message] of wrong) assertThrows(declare, Error, message);
});

Deno.test("lines(texts) is the line after those that the member has said, whoever else spoke; then an error", () => {
  const members = membersOf(2);
  const [me, other] = [members[0]!, members[1]!];
  const next = lines(["How are you?", "Since when?"]);
  assertEquals(next(viewOf(members)), "How are you?");
  assertEquals(next(viewOf(members, 1, 1, [me, other, other])), "Since when?");
  assertThrows(
    () => next(viewOf(members, 1, 1, [me, me])),
    RangeError,
    "'texts' must have a line for each turn",
  );
});

Deno.test("seat(places) are the members with these seats", () => {
  assertEquals(membersOf(4).filter(seat(1, 3)).map(({ member }) => member), ["p1", "p3"]);
});
