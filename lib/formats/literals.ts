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
