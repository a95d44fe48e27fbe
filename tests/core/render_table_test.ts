import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  formatNumber,
  formatPValue,
  formatValue,
  renderTable,
  type Table,
  tableOf,
} from "@understudy/understudy/core";
import { plotEffects } from "@understudy/understudy/plots";

const hostile = `<script>alert("1")</script> & 'x' | _y_ *z*\nnew`;

function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)]
    .map(([, row]) => [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell!));
}

Deno.test("renderTable(table) gives numbers three significant digits and leaves whole numbers whole", () => {
  const table = tableOf({ estimate: [0.421345, -12.3456, 98765.4, 0.00001234], n: [400, 0, 100000, -3] });
  assertEquals(rowsOf(renderTable(table)).slice(1), [
    ["0.421", "400"],
    ["-12.3", "0"],
    ["98765", "100000"],
    ["1.23e-5", "-3"],
  ]);
  assertEquals(rowsOf(renderTable(table, { digits: 5 }))[1], ["0.42135", "400"]);
});

Deno.test("renderTable(table) writes p-values as journals do, by the column's name", () => {
  const values = [0.0004, 0.0321, 1];
  const table = tableOf({
    p_value: values,
    p_adjusted: values,
    p_joint: values,
    balance_p: values,
    step: values,
  });
  assertEquals(rowsOf(renderTable(table)).slice(1), [
    ["&lt;.001", "&lt;.001", "&lt;.001", "&lt;.001", "0.000400"],
    [".032", ".032", ".032", ".032", "0.0321"],
    ["1.000", "1.000", "1.000", "1.000", "1"],
  ]);
});

Deno.test("renderTable(table) shows nothing as a dash, lists joined, and booleans as words", () => {
  const table = tableOf({
    missing: [NaN, null, undefined],
    order: [["a", "b"], [], new Float64Array([1, 0.5])],
    ok: [true, false, null],
    when: [new Date(0), { a: 1 }, 12n],
  });
  assertEquals(rowsOf(renderTable(table)).slice(1), [
    ["–", "a, b", "true", "1970-01-01T00:00:00.000Z"],
    ["–", "", "false", "{&quot;a&quot;:1}"],
    ["–", "1, 0.500", "–", "12"],
  ]);
});

Deno.test("renderTable(table) escapes names, cells and caption in HTML", () => {
  const html = renderTable(tableOf({ [hostile]: [hostile.repeat(9)] }), { caption: hostile });
  const tags = html.match(/<\/?([a-z0-9]+)/g)!.map((tag) => tag.replace(/<\/?/, ""));
  assertEquals(
    [...new Set(tags)].sort(),
    ["caption", "div", "p", "table", "tbody", "th", "thead", "tr"],
  );
  assertStringIncludes(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;");
  assertEquals(html.match(/<div/g)!.length, html.match(/<\/div>/g)!.length);
});

Deno.test("renderTable(table) keeps the whole of a text that it cuts as its title", () => {
  const long = "word & ".repeat(60).trim();
  const [, cell] = rowsOf(renderTable(tableOf({ reason: [long] })));
  assertMatch(cell![0]!, /^word &amp; .*…$/);
  assertStringIncludes(renderTable(tableOf({ reason: [long] })), `title="${long.replaceAll("&", "&amp;")}"`);
});

Deno.test("renderTable(table) aligns numbers right and marks headings as such", () => {
  const html = renderTable(tableOf({ term: ["a", "b"], estimate: [0.5, NaN], mixed: [1, "x"] }), {
    caption: "C",
  });
  assertEquals([...html.matchAll(/<th scope="col" style="[^"]*text-align:(\w+)/g)].map(([, side]) => side), [
    "left",
    "right",
    "left",
  ]);
  assertMatch(html, /<caption[^>]*>C<\/caption>/);
  // The first column names the rows, unless it holds numbers.
  assertEquals([...html.matchAll(/<th scope="row"[^>]*>(\w)</g)].map(([, name]) => name), ["a", "b"]);
  assert(!renderTable(tableOf({ n: [1] })).includes(`scope="row"`));
});

Deno.test("renderTable(table) takes its colours from the page, so that it reads on dark and light ones", () => {
  const html = renderTable(tableOf({ a: [1] }));
  assert(!/#[0-9a-f]{3,6}\b|:\s*(white|black)\b/i.test(html));
  assertStringIncludes(html, "overflow-x:auto");
});

Deno.test("renderTable(maximumRows) counts what it leaves out", () => {
  const table = tableOf({ a: Array.from({ length: 400 }, (_, row) => row) });
  const html = renderTable(table);
  assertEquals(rowsOf(html).length, 31);
  assertStringIncludes(html, "… and 370 more rows (400 rows × 1 column)");
  assertStringIncludes(renderTable(table, { maximumRows: 399 }), "… and 1 more row (400");
  const whole = renderTable(table, { maximumRows: 400, format: "text" });
  assertEquals(whole.split("\n").length, 403);
  assert(!whole.includes("more"));
});

Deno.test("renderTable(table) shows the rows of a filtered and sorted table in its order", () => {
  const table = tableOf({ a: [3, 1, 2] }).orderby("a").filter((row: { a: number }) => row.a > 1);
  assertEquals(rowsOf(renderTable(table as ReturnType<typeof tableOf>)).slice(1), [["2"], ["3"]]);
});

Deno.test("renderTable(table) shows a table without rows, and one without columns", () => {
  for (const format of ["html", "markdown", "text"] as const) {
    assertStringIncludes(renderTable(tableOf({ a: [] }), { format }), "0 rows × 1 column");
    assertStringIncludes(renderTable(tableOf({}), { format }), "0 rows × 0 columns");
  }
});

Deno.test("renderTable(format: markdown) keeps every row on one line with as many cells as columns", () => {
  const table = tableOf({ "a|b": [hostile], n: [1.5] });
  const lines = renderTable(table, { format: "markdown", caption: "Two * stars" }).split("\n");
  assertEquals(lines.slice(0, 4), ["**Two \\* stars**", "", "| a\\|b | n |", "| :--- | ---: |"]);
  assertEquals(lines[4]!.split(/(?<!\\)\|/).length, 4);
  assert(!lines[4]!.includes("<script>"));
  assertStringIncludes(lines[4]!, "\\_y\\_ \\*z\\* new");
  assertStringIncludes(renderTable(tableOf({ p_value: [1] }), { format: "markdown" }), "| p_value |");
});

Deno.test("renderTable(format: text) aligns columns, wide characters and marks included", () => {
  const table = tableOf({ term: ["threat", "威胁", "e\u0301te\u0301"], estimate: [0.5, -12.25, 3] });
  assertEquals(renderTable(table, { format: "text" }).split("\n"), [
    "term    estimate",
    "──────  ────────",
    "threat     0.500",
    "威胁       -12.3",
    "e\u0301te\u0301            3",
    "3 rows × 2 columns",
  ]);
});

Deno.test("renderTable(width) puts the columns that do not fit below, with the first one again", () => {
  const table = tableOf({ first: ["a".repeat(10)], second: ["b".repeat(10)], third: ["c".repeat(10)] });
  assertEquals(renderTable(table, { format: "text", width: 30 }).split("\n"), [
    "first       second",
    "──────────  ──────────",
    "aaaaaaaaaa  bbbbbbbbbb",
    "",
    "first       third",
    "──────────  ──────────",
    "aaaaaaaaaa  cccccccccc",
    "1 row × 3 columns",
  ]);
  assertEquals(renderTable(table, { format: "text", width: 34 }).split("\n").length, 4);
});

Deno.test("renderTable(format: text) prints long notes and reasons whole, each once, below the rows", () => {
  const long = "left out: control 3 without a value; averaged the replies of a persona in an arm first";
  const reason = "the arm has a single unit, so that its variance is unknown";
  const table = tableOf({
    arm: ["a", "b", "c"],
    raw: [long, "", ""],
    notes: [long, long, "short"],
    reason: ["", reason, ""],
  });
  assertEquals(renderTable(table, { format: "text", width: 80 }).split("\n"), [
    "arm  raw                                       notes  reason",
    "───  ────────────────────────────────────────  ─────  ──────",
    "a    left out: control 3 without a value; av…  [1]",
    "b                                              [1]    [2]",
    "c                                              short",
    "[1] left out: control 3 without a value; averaged the replies of a persona",
    "    in an arm first",
    "[2] the arm has a single unit, so that its variance is unknown",
    "3 rows × 4 columns",
  ]);
  // In Markdown there is room for more in a cell, and none is cut either.
  const markdown = renderTable(tableOf({ arm: ["a", "b"], notes: [long, long.repeat(2)] }), {
    format: "markdown",
  });
  assertEquals(markdown.split("\n").slice(2, -1), [
    `| a | ${long} |`,
    "| b | \\[1\\] |",
    "",
    `\\[1\\] ${long.repeat(2)}`,
    "",
  ]);
});

Deno.test("renderTable(format: text) leaves out columns without any value, and names them", () => {
  const table = tableOf({ none: [null, null], arm: ["a", "b"], p_value: [NaN, undefined], reason: ["", ""] });
  const text = renderTable(table, { format: "text" });
  assertEquals(text, "arm\n───\na\nb\nEmpty: none, p_value, reason\n2 rows × 4 columns");
  // A table with nothing else keeps them.
  assertEquals(renderTable(table.select("none"), { format: "text" }).split("\n").length, 5);
});

Deno.test("renderTable(format: text) lets no cell drive the terminal", () => {
  const text = renderTable(tableOf({ raw: ["\u001b[31mred\u0007\u202e"] }), { format: "text" });
  assertEquals(text.split("\n")[2], "red");
});

Deno.test("renderTable(…) names what is wrong with its arguments", () => {
  assertThrows(() => renderTable([] as never), TypeError, "'table' must be an Arquero table");
  const table = tableOf({ a: [1] });
  assertThrows(
    () => renderTable(table, { format: "latex" } as never),
    RangeError,
    `"html", "markdown", "text"`,
  );
  assertThrows(
    () => renderTable(table, { maximumRows: 0 }),
    RangeError,
    "'maximumRows' must be a whole number",
  );
  assertThrows(() => renderTable(table, { rows: 3 } as never), TypeError, "option 'rows' is unknown");
});

Deno.test("formatNumber(value) rounds at the ends of its ranges without losing digits", () => {
  assertEquals([999.6, 999.4, 0.00009999, 0.0001, -0.5, Infinity, NaN].map((value) => formatNumber(value)), [
    "1000",
    "999",
    "1.00e-4",
    "0.000100",
    "-0.500",
    "∞",
    "–",
  ]);
});

Deno.test("formatPValue(value) never rounds a p-value down to 0", () => {
  assertEquals([0, 0.00099, 0.001, 0.04999, 0.9999].map(formatPValue), [
    "<.001",
    "<.001",
    ".001",
    ".050",
    "1.000",
  ]);
  assertEquals(formatValue(0.2, { column: "p" }), ".200");
});

Deno.test("renderTable(table) says below a table of effects what they rest on, in every format", () => {
  const effects = (...basis: string[]) => tableOf({ arm: basis, estimate: basis.map(() => 0.5), basis });
  const alone = "Synthetic answers alone, not benchmarked against people's: exploratory, no guarantee.";
  for (const format of ["html", "markdown", "text"] as const) {
    const told = renderTable(effects("synthetic"), { format }).replaceAll("&#39;", "'");
    assertStringIncludes(told, `1 row × 3 columns. ${alone}`);
  }
  const many = renderTable(effects("human", "calibrated", "synthetic"), { format: "text", maximumRows: 1 });
  assertStringIncludes(
    many.replace(/\s+/g, " "),
    "Rows differ in what they rest on: human, calibrated, synthetic. Synthetic rows are",
  );
  const human = renderTable(effects("human"), { format: "text" });
  assert(human.endsWith("1 row × 3 columns. Human answers."));
  // Scores of agreement with people are not unbenchmarked.
  const scores = effects("synthetic").derive({ measure: () => "accuracy" }) as Table;
  assert(renderTable(scores, { format: "text" }).endsWith("1 row × 4 columns"));
  const hostile = effects(`<b>|\u001b[31m${"x".repeat(1000)}`);
  for (const format of ["html", "markdown", "text"] as const) {
    const note = renderTable(hostile, { format }).split("3 columns").at(-1)!;
    assert(!note.includes("<b>") || format === "text", format);
    assert(!note.includes("\u001b[31m") && note.length < 120, note);
  }
  const none = renderTable(effects("synthetic").select("arm", "estimate"), { format: "text" });
  assert(none.endsWith("1 row × 2 columns"));
});

Deno.test("renderTable(table) writes estimates, distances and their intervals with the decimals of their figure", () => {
  const estimates = tableOf({
    arm: ["threat", "promise", "none"],
    estimate: [0.42134, -0.2, NaN],
    std_error: [0.158, 0.1532, NaN],
    conf_low: [0.11, -0.5002, NaN],
    conf_high: [0.7321, 0.1, NaN],
  });
  const figure = plotEffects(estimates.slice(0, 2) as Table).summary;
  assertStringIncludes(figure, "threat 0.42 [0.11, 0.73]; promise −0.20 [−0.50, 0.10]");
  assertEquals(rowsOf(renderTable(estimates)).slice(1), [
    ["threat", "0.42", "0.158", "0.11", "0.73"],
    ["promise", "-0.20", "0.153", "-0.50", "0.10"],
    ["none", "–", "–", "–", "–"],
  ]);
  assertEquals(rowsOf(renderTable(estimates, { digits: 5 }))[1]![1], "0.4213");
  // A short interval beside a long one is told apart from nothing; one without length has no decimals to ask for.
  const mixed = tableOf({ estimate: [40, 0.021, 5], conf_low: [10, 0.019, 5], conf_high: [70, 0.023, 5] });
  assertEquals(rowsOf(renderTable(mixed)).slice(1), [["40", "10", "70"], ["0.021", "0.019", "0.023"], [
    "5",
    "5",
    "5",
  ]]);
  const drift = tableOf({ control: ["news"], statistic: [0.0712], null_high: [0.11], p_value: [0.2] });
  assertEquals(rowsOf(renderTable(drift))[1], ["news", "0.071", "0.110", ".200"]);
  assertEquals(rowsOf(renderTable(tableOf({ estimate: [0.5], conf_level: [0.95] })))[1], ["0.500", "0.950"]);
});

Deno.test("renderTable(table) says with each heading what the column means, where that is known", () => {
  const html = renderTable(
    tableOf({ arm: ["a"], estimate: [1], conf_low: [0], conf_high: [2], of_mine: [1] }),
  );
  assertMatch(html, /<th scope="col" [^>]* title="lower end of the confidence interval">conf_low</);
  assertMatch(html, /<th scope="col" style="[^"]*">of_mine</);
  // One name is not enough: other tables have an arm too.
  assert(!/<th [^>]*title=/.test(renderTable(tableOf({ arm: ["a"], mood: [1] }))));
});
