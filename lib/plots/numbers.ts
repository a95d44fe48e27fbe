import { formatPValue, noValue } from "../core/format.ts";
export { decimalsOf } from "../core/format.ts";

export interface Scale {
  /** The ends of the axis, in units of the data. */
  readonly domain: readonly [number, number];
  /** Where they stand, in pixels. */
  readonly range: readonly [number, number];
  readonly at: (value: number) => number;
  /** The value itself, or the end of the axis that it lies beyond. */
  readonly clamp: (value: number) => number;
}

export function linearScale(domain: Scale["domain"], range: Scale["range"]): Scale {
  const [low, high] = domain;
  return {
    domain,
    range,
    at: (value) => range[0] + (value - low) / (high - low) * (range[1] - range[0]),
    clamp: (value) => Math.min(high, Math.max(low, value)),
  };
}

/** The axis that holds all finite values, with room at both ends, or at the upper one where it starts at a value. */
export function domainOf(values: readonly number[], from?: number): [number, number] {
  const finite = values.filter(Number.isFinite);
  let low = finite.reduce((a, b) => Math.min(a, b), from ?? Infinity);
  let high = finite.reduce((a, b) => Math.max(a, b), from ?? -Infinity);
  if (!(low < high)) [low, high] = finite.length === 0 ? [-1, 1] : [low - 1, high + 1];
  const room = (high - low) * 0.06;
  return from === undefined ? [low - room, high + room] : [from, high + room];
}

/** A few round numbers of an axis, 0 among them where it holds 0. */
export function ticksOf([low, high]: readonly [number, number], few: number): number[] {
  const rough = (high - low) / few;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + 1e-12; tick++) ticks.push(tick * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

/** Writes ticks with as many decimals as tell them apart. */
export function writeTicks(ticks: readonly number[]): string[] {
  const decimals = Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
  return ticks.map((tick) => tick === 0 ? "0" : writeNumber(tick, decimals));
}

/** A number with a given number of decimals and a true minus sign. */
export function writeNumber(value: number, decimals: number): string {
  if (Number.isNaN(value)) return noValue;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A number and its interval: `0.42 [0.11, 0.73]`, or the number alone where it has none. */
export function writeInterval(value: number, low: number, high: number, decimals: number): string {
  const point = writeNumber(value, decimals);
  if (Number.isNaN(low) || Number.isNaN(high)) return point;
  return `${point} [${writeNumber(low, decimals)}, ${writeNumber(high, decimals)}]`;
}

/** A number as short as it is: `0.25`, `1.5`, `3`. */
export function writeShort(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** A share in whole per cent, or with decimals where it has some that matter. */
export function writePercent(share: number, digits = 3): string {
  return Number.isNaN(share) ? noValue : `${Number((share * 100).toPrecision(digits))}%`;
}

/** A p-value with its letter, `p = .032` or `p < .001`; empty where there is none. */
export function writeP(value: number): string {
  if (Number.isNaN(value)) return "";
  const text = formatPValue(value);
  return text.startsWith("<") ? `p < ${text.slice(1)}` : `p = ${text}`;
}
