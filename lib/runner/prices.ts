import { checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readOptions, required, rule } from "../core/options.ts";
import type { RespondentIdentity } from "../core/respondent.ts";

/** What a model's tokens cost. */
export interface ModelPrices {
  /** Price of a million tokens of prompts. */
  input: number;
  /** Price of a million tokens of replies, thoughts included. */
  output: number;
  /**
   * The currency.
   * @default {"USD"}
   */
  currency?: string;
  /**
   * When the price was looked up.
   * @default {""}
   */
  date?: string;
}

export type KnownPrices = Readonly<Required<ModelPrices>>;

export const pricesRule = rule<ModelPrices, undefined>(readPrices, undefined);

function readPrices(action: string, name: string, prices: unknown): KnownPrices {
  const price = required<number>((_, part, value) => {
    if (typeof value === "number" && value >= 0 && value < Infinity) return;
    throw new RangeError(cannot(action, `${name}.${part}`, "be a price of a million tokens", value));
  });
  // An empty date is what stands where none was given.
  const checkDate = (_: string, part: string, value: unknown) =>
    value === "" || checkText(action, `${name}.${part}`, value);
  const currency = rule<string, string>(checkText, "USD");
  const date = rule<string, string>(checkDate, "");
  return readOptions(action, prices as ModelPrices, { input: price, output: price, currency, date });
}

/** The day of the table of prices: when the pinned version of the package that holds it was published. */
export const priceTableDate = "2026-09-23";

/**
 * Finds what a model's tokens cost: as given, else from the table of list prices of the `genai-prices` package, where
 * the endpoint is one of its providers'. No price is assumed for any other endpoint, whatever its model is called.
 *
 * @param tokens of one call's prompt, as some prices rise with them
 */
export async function findPrices(
  { endpoint, model }: Pick<RespondentIdentity, "endpoint" | "model">,
  given: ModelPrices | undefined,
  tokens = 1000,
): Promise<KnownPrices | undefined> {
  if (given !== undefined) return readPrices("find prices", "prices", given);
  if (!/^https:/.test(endpoint)) return undefined;
  // Two megabytes that only a run on a paid endpoint needs.
  const { calcPrice, findProvider } = await import("@pydantic/genai-prices");
  const provider = findProvider({ providerApiUrl: endpoint });
  const each = Math.max(1, Math.round(tokens));
  const price = provider && calcPrice({ input_tokens: each, output_tokens: each }, model, { provider });
  if (!price) return undefined;
  const [input, output] = [price.input_price, price.output_price].map((cost) => 1e6 * cost / each);
  return { input: input!, output: output!, currency: "USD", date: priceTableDate };
}

/** What so many tokens cost; `NaN` where no price is known. */
export function costOf(prices: KnownPrices | undefined, prompt: number, completion: number): number {
  return prices === undefined ? NaN : (prompt * prices.input + completion * prices.output) / 1e6;
}

/** A sum of money as it reads: two digits after the point, more where it is small. */
export function moneyText(amount: number, currency: string): string {
  const digits = amount === 0 || amount >= 0.1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(amount)));
  return `${amount.toFixed(digits)} ${currency}`;
}
