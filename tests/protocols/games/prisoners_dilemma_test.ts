import { assertEquals, assertThrows } from "@std/assert";
import { prisonersDilemma } from "@understudy/understudy/protocols";

const game = prisonersDilemma({ T: 300, R: 200, P: 100, S: 0 });

Deno.test("prisonersDilemma pays 200 each, 300 and 0, or 100 each; to defect is always best", () => {
  const payoffs = (own: string, other: string) => game.payoffs([[own], [other]]);
  assertEquals(payoffs("cooperate", "cooperate"), [200, 200]);
  assertEquals(payoffs("defect", "cooperate"), [300, 0]);
  assertEquals(payoffs("cooperate", "defect"), [0, 300]);
  assertEquals(payoffs("defect", "defect"), [100, 100]);
  for (const other of [["cooperate"], ["defect"], []]) {
    assertEquals(game.bestReply(0, 0, [["cooperate"], other]), "defect");
  }
});

Deno.test("prisonersDilemma refuses pay-offs that make no dilemma", () => {
  assertThrows(
    () => prisonersDilemma({ T: 200, R: 300, P: 100, S: 0 }),
    RangeError,
    "Cannot make a prisoner's dilemma as 'options' must have T > R > P > S",
  );
  assertThrows(() => prisonersDilemma({ T: 300, R: 200, P: 100 } as never), TypeError, "'S'");
});
