import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  choice,
  type ChoiceItem,
  describeItem,
  likert,
  multipleChoice,
  number,
  optionLetter,
  parseAnswer,
} from "@understudy/understudy/items";

// UNDERSTUDY_LONG=1 tries four times as many.
const often = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4 : 1;
const settings = { seed: 1, numRuns: 375 * often };

// Words that try to be something else: numbers, refusals, lists, marks, frames.
const words = fc.constantFrom(
  ...[
    "support",
    "oppose",
    "not",
    "none",
    "of these",
    "and",
    "or",
    ",",
    "tv",
    "radio",
    "yes",
    "no",
    "I",
    "it",
    "5",
  ],
  ...[
    "two",
    "prefer not to say",
    "can't answer",
    "my answer is",
    "(other)",
    "m²",
    '"quoted"',
    "*",
    "é",
    "日本",
    "ß",
  ],
);
const option = fc.oneof(
  fc.array(words, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" ")),
  fc.string({ unit: "grapheme", minLength: 2, maxLength: 12 }).filter((one) => /[\p{L}]{2}/u.test(one)),
);
const lists = fc.uniqueArray(option, { minLength: 2, maxLength: 30 }).chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }))
);

Deno.test("parseAnswer(choice, an option as shown) is the option: by its text, its letter, its line", () => {
  let checked = 0;
  fc.assert(
    fc.property(lists, ([list, shown]) => {
      const item = makeChoice(list);
      if (item === undefined) return;
      const several = multipleChoice("b", "Which?", list);
      const lines = describeItem(item, shown).split("\n").slice(1, -1);
      const spelled = lines.length === shown.length
        ? lines
        : shown.map((one, i) => `${optionLetter(i)}. ${one}`);
      shown.forEach((one, place) => {
        for (const raw of [one, spelled[place]!, ...letterForms(place)]) {
          assertEquals(parseAnswer(item, raw, shown).value, one, raw);
          assertEquals(parseAnswer(several, raw, shown).value, [one], raw);
          assertEquals(parseAnswer(several, [raw], shown).value, [one], raw);
        }
        checked++;
      });
    }),
    { ...settings, numRuns: 75 * often },
  );
  assert(checked > 250 * often, `${checked} options were checked`);
});

function letterForms(place: number): string[] {
  const letter = optionLetter(place);
  return [letter, `${letter}.`, `(${letter})`, `Option ${letter}`, letter.toLowerCase(), `**${letter}**`];
}

/** The item, unless its options read the same or one bears a mark of its own: there a letter is ambiguous. */
function makeChoice(list: readonly string[]): ChoiceItem | undefined {
  if (
    list.some((one) =>
      /^\(?\s*(?:[a-z]|a[a-d])\s*[.):]|(?:^|\s)(?:[a-z]|a[a-d])$/iu.test(one.normalize("NFKC"))
    )
  ) {
    return undefined;
  }
  try {
    return choice("a", "Which?", list);
  } catch {
    return undefined;
  }
}

Deno.test("parseAnswer(likert, a point as shown) is the point: its number, its label, both", () => {
  const labels = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,8}( [a-z]{3,8})?$/), {
    minLength: 5,
    maxLength: 5,
  })
    .filter((list) =>
      list.every((label) => !/^(one|two|four|five|six|ten|nine|zero|three|seven|eight)$/.test(label))
    );
  fc.assert(
    fc.property(labels, (list) => {
      const item = likert("a", "How?", { points: 5, labels: list });
      list.forEach((label, i) => {
        const point = i + 1;
        for (
          const raw of [point, `${point}`, label, `${point} (${label})`, `${point} - ${label}`, `${point}/5`]
        ) {
          assertEquals(parseAnswer(item, raw).value, point, String(raw));
        }
        const other = list[(i + 1) % 5]!;
        assertEquals(parseAnswer(item, `${point} (${other})`).status, "unparsed");
      });
    }),
    { ...settings, numRuns: 75 * often },
  );
});

Deno.test("parseAnswer(number, text) reads a number back to the digit, or not at all", () => {
  const item = number("a", "?");
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const answer = parseAnswer(item, String(value));
      if (answer.status === "answered") assertEquals(answer.value, value + 0);
      else assert(/^-?[1-9]\d{0,2}\.\d{3}$/.test(String(value)), answer.reason);
    }),
    settings,
  );
});
