import { assertEquals, assertThrows } from "@std/assert";
import { PlacedCell } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { readLiteral, Tuple } from "../../../lib/formats/literals.ts";
import { readSlotText } from "../../../lib/formats/workbooks/slots.ts";

const known = ["treatment.x", "role.y"];
const liquid = (text: string) =>
  readSlotText(
    new PlacedCell({ sheet: "prompt" }, text),
    (slot) => known.includes(slot) ? (s) => s[slot as "me"] : null,
  );

Deno.test("slots and comparisons of Jinja read the same as Liquid", () => {
  const text = "{# aside #}{{treatment.x}}{% if treatment.x == 'A' and role.y != True %} one" +
    '{% elif role.y >= 2.5 or treatment.x == "B" %} two{%- else -%} three {%- endif %}.';
  const fill = (x: string, y: unknown) => liquid(text).fill({ "treatment.x": x, "role.y": y } as never);
  assertEquals(fill("A", false), "A one.");
  assertEquals(fill("B", 0), "B two.");
  assertEquals(fill("C", 3), "C two.");
  assertEquals(fill("C", 2), "Cthree.");
});

Deno.test("whatever of Jinja is no slot and no comparison is an error", () => {
  const wrong = [
    "{{ treatment.z }}",
    "{{ treatment.x | upper }}",
    "{{ treatment.x + 1 }}",
    "{{ treatment.x",
    "{% for a in b %}{% endfor %}",
    "{% if treatment.x %}a{% endif %}",
    "{% if not treatment.x == 1 %}a{% endif %}",
    // Jinja joins `and` before `or`, Liquid from the right.
    "{% if treatment.x == 1 or role.y == 2 and role.y == 3 %}a{% endif %}",
    "{% if treatment.x == 1 %}a",
    "{% endif %}",
    "{% else %}",
    "{{ ".repeat(100_000),
  ];
  for (const text of wrong) assertThrows(() => liquid(text), RangeError);
});

Deno.test("literals of Python are read as values, and nothing else is", () => {
  assertEquals(readLiteral(`{'a': (0, 10), "b": ["it's", 'it\\'s', None, True, -2.5,],}`), {
    a: new Tuple([0, 10]),
    b: ["it's", "it's", null, true, -2.5],
  });
  for (const text of ["", "[1 2]", "[1, 2", "'a' b", "{'a' 1}", "open('x')", "1 + 1", "[".repeat(100_000)]) {
    assertEquals(readLiteral(text), undefined, text.slice(0, 80));
  }
});
