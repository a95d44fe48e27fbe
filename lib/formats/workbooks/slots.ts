/** The error about a part of a text: what it must be. */
export type TextFault = (rule: string, value: unknown) => Error;

/** A slot: a name, and perhaps names or places within it, as `agent.game[round_number].offer`. */
const slot = /[A-Za-z_]\w*(?:\.\w+|\[(?:\w+|"[^"]*"|'[^']*')\])*/;
const onlySlot = new RegExp(`^${slot.source}$`);
const token = new RegExp(
  `\\s*(?:("[^"]*"|'[^']*'|-?\\d+(?:\\.\\d+)?)|([=!<>]=|[<>])|(${slot.source}))\\s*`,
  "y",
);
const constants: { readonly [name: string]: string } = { True: "true", False: "false", None: "nil" };

/** A condition of Jinja as Liquid has it: comparisons joined by `and`, or by `or`. */
export function readComparison(text: string, isKnown: (slot: string) => boolean, fault: TextFault): string {
  const parts: string[] = [];
  let [shape, joined] = ["", ""];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, literal, operator, name] = token.exec(text) ?? [];
    const isJoin = name === "and" || name === "or";
    shape += isJoin
      ? "j"
      : operator !== undefined
      ? "o"
      : literal !== undefined || name !== undefined
      ? "v"
      : "?";
    if (shape.endsWith("?")) break;
    // Liquid joins from the right, Jinja `and` first: the same only where all are joined alike.
    if (isJoin && joined !== "" && joined !== name) shape += "?";
    if (isJoin) joined = name;
    const isSlot = name !== undefined && !isJoin && !Object.hasOwn(constants, name);
    if (isSlot && !isKnown(name)) throw fault("compare slots that there are", name);
    parts.push(literal ?? operator ?? (isSlot || isJoin ? name : constants[name!]!));
  }
  if (/^vov(jvov)*$/.test(shape)) return parts.join(" ");
  throw fault("hold comparisons such as treatment.label == 'A', joined by 'and' or by 'or'", text);
}

/** A template of Jinja as Liquid: slots, and texts that depend on comparisons; all else is an error. */
export function readTemplate(text: string, isKnown: (slot: string) => boolean, fault: TextFault): string {
  let [liquid, from, depth] = ["", 0, 0];
  for (const { index: at } of text.matchAll(/\{[{%#]/g)) {
    // What stands within a slot, a block or a comment.
    if (at < from) continue;
    const close = { "{": "}}", "%": "%}", "#": "#}" }[text[at + 1]!]!;
    const end = text.indexOf(close, at + 2);
    if (end < 0) throw fault(`close every ${text.slice(at, at + 2)} with ${close}`, text.slice(at));
    const within = text.slice(at + 2, end);
    const [left, right] = [within.startsWith("-") ? "-" : "", within.endsWith("-") ? "-" : ""];
    const inner = within.slice(left.length, within.length - right.length).trim();
    liquid += text.slice(from, at);
    if (close === "}}") {
      if (!onlySlot.test(inner)) {
        throw fault("hold slots such as {{ treatment.amount }}, and comparisons", inner);
      }
      if (!isKnown(inner)) throw fault("name slots that there are", inner);
      liquid += `{{${left} ${inner} ${right}}}`;
    } else if (close === "%}") {
      const [, tag, condition] = /^(\w+)\s*([^]*)$/.exec(inner) ?? [];
      const isTest = tag === "if" || tag === "elif";
      if (!isTest && (!["else", "endif"].includes(tag!) || condition !== "")) {
        throw fault("hold no other blocks than if, elif, else and endif", inner);
      }
      depth += tag === "if" ? 1 : tag === "endif" ? -1 : 0;
      if (depth < 0 || tag !== "if" && tag !== "endif" && depth === 0) {
        throw fault("begin each block with if", inner);
      }
      const test = isTest ? ` ${readComparison(condition!, isKnown, fault)}` : "";
      liquid += `{%${left} ${tag === "elif" ? "elsif" : tag}${test} ${right}%}`;
    }
    from = end + 2;
  }
  if (depth > 0) throw fault("end each if with endif", text);
  return liquid + text.slice(from);
}

/** A tuple of Python's. */
export class Tuple {
  constructor(readonly values: readonly unknown[]) {}
}

/** What Python reads as a value: texts, numbers, True, False, None, lists, tuples and dicts; `undefined` of any other. */
export function readLiteral(text: string): unknown {
  const words: { readonly [word: string]: string } = {
    ...{ True: "true", False: "false", None: "null", "(": '{"()":[', ")": "]}" },
  };
  // A text that is not closed runs to the end, so that no sign is looked at twice.
  const parts =
    /'((?:[^'\\]|\\[^])*)('|$)|"((?:[^"\\]|\\[^])*)("|$)|\b(?:True|False|None)\b|[()]|,(?=\s*[\])}])/g;
  const json = text.replace(parts, (all, single, close, double, closing) => {
    const quoted = single ?? double;
    if (quoted === undefined) return words[all] ?? "";
    const plain = quoted.replace(
      /\\([^])/g,
      (_: string, sign: string) => ({ n: "\n", t: "\t" })[sign] ?? sign,
    );
    return (close ?? closing) === "" ? "?" : JSON.stringify(plain);
  });
  try {
    return JSON.parse(json, (_, value) => Array.isArray(value?.["()"]) ? new Tuple(value["()"]) : value);
  } catch {
    return undefined;
  }
}
