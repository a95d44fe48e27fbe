import { didYouMean } from "../lib/core/errors.ts";
import { visibleText } from "../lib/core/visible_text.ts";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What a command was given. */
export interface Given {
  /** The words that are no options. */
  readonly words: readonly string[];
  /** The text of an option; `undefined` where it was not given. */
  text(name: string): string | undefined;
  /** The number of an option; `undefined` where it was not given. */
  number(name: string): number | undefined;
  /** Whether a switch was given. */
  isOn(name: string): boolean;
}

/** A command: what it is called by, what its help says, and what it does. */
export interface Command {
  /** The words that call it. */
  readonly name: string;
  /** What stands behind them. */
  readonly words: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** How many words it needs at least, and takes at most. */
  readonly takes: readonly [least: number, most: number];
  /** Its options: what stands for their value, `""` for a switch, and what they do. */
  readonly options?: { readonly [name: string]: readonly [value: string, about: string] };
  /** Does it; `false` where what was asked for does not hold. */
  run(given: Given): Promise<boolean | void>;
}

/** The command was called wrongly: the message says how, and shows the right call. */
class UsageError extends Error {}

/**
 * Runs one of several commands.
 *
 * @param commands every command
 * @param words the words of the command line, without the program's own
 * @returns the exit status: 0 where it did what it was asked for, 1 where that failed or does not hold, 2 where it was
 * called wrongly
 */
export async function runCommand(commands: readonly Command[], words: readonly string[]): Promise<number> {
  try {
    const command = commands.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
    if (command === undefined) return listCommands(commands, words);
    const rest = words.slice(command.name.split(" ").length);
    if (rest.some(isHelp)) print(helpOf(command));
    else if (await command.run(readWords(command, rest)) === false) return 1;
    return 0;
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

const isHelp = (word: string) => word === "--help" || word === "-h";

function listCommands(commands: readonly Command[], words: readonly string[]): number {
  const asked = words.filter((word) => !isHelp(word)).join(" ");
  const known = commands.filter(({ name }) => name.startsWith(`${asked} `) || asked === "");
  if (known.length === 0) {
    const name = words.slice(0, 2).join(" ");
    const nearest = didYouMean(name, commands.map(({ name }) => name));
    throw new UsageError(`There is no command '${name}'${nearest}\nAll commands: ${program()} --help`);
  }
  const width = Math.max(...known.map(({ name, words }) => `${name} ${words}`.length));
  const lines = known.map(({ name, words, about }) => `  ${`${name} ${words}`.padEnd(width)}  ${about}`);
  print(`${program()} COMMAND\n\n${lines.join("\n")}\n\nMore on one: ${program()} COMMAND --help`);
  return words.some(isHelp) ? 0 : 2;
}

function readWords(command: Command, words: readonly string[]): Given {
  const options = command.options ?? {};
  const wrong = (why: string) => new UsageError(`Cannot run '${command.name}': ${why}\n${helpOf(command)}`);
  const types = Object.entries(options).map(([name, [value]]) =>
    [name, { type: value === "" ? "boolean" : "string" }] as const
  );
  const { positionals, values } = parsed(words, Object.fromEntries(types), (name) => {
    return wrong(`option '--${name}' is unknown${didYouMean(name, Object.keys(options))}`);
  }, wrong);
  const [least, most] = command.takes;
  if (positionals.length < least || positionals.length > most) {
    throw wrong(`it takes ${command.words || "nothing"}, and ${positionals.length} words were given`);
  }
  const text = (name: string) => values[name] as string | undefined;
  return {
    words: positionals,
    text,
    number: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = value.trim() === "" ? NaN : Number(value);
      if (!Number.isFinite(number)) throw wrong(`'--${name}' must be a number: current value is '${value}'`);
      return number;
    },
    isOn: (name) => values[name] === true,
  };
}

function parsed(
  words: readonly string[],
  options: { readonly [name: string]: { readonly type: "boolean" | "string" } },
  unknown: (name: string) => Error,
  wrong: (why: string) => Error,
) {
  const { tokens } = parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "option" && !(token.name in options)) throw unknown(token.name);
  }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function helpOf({ name, words, about, options = {} }: Command): string {
  const rows = Object.entries(options).map((
    [option, [value, what]],
  ) => [`--${option} ${value}`.trim(), what]);
  const width = Math.max(0, ...rows.map(([option]) => option!.length));
  const lines = rows.map(([option, what]) => `\n  ${option!.padEnd(width)}  ${what}`);
  return `${program()} ${name} ${words}${rows.length > 0 ? " [options]" : ""}\n\n${about}.\n${lines.join("")}`
    .trim();
}

/** How this program is called from where the reader is. */
function program(): string {
  const { protocol, href } = new URL("../cli.ts", import.meta.url);
  const place = protocol === "file:" ? relative(Deno.cwd(), fileURLToPath(href)) : href;
  return `deno run -A ${/\s/.test(place) ? `"${place}"` : place}`;
}

/** Prints a text that may come from anywhere. */
export function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${visibleText(text)}\n`));
}

function printError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${visibleText(text)}\n`));
}
