/** A few round numbers of a scale, 0 among them where it holds 0. */
export function ticksOf([low, high]: readonly [number, number], few: number): number[] {
  const rough = (high - low) / few;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + 1e-12; tick++) ticks.push(tick * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

/** How many decimals tell ticks apart. */
export function tickDecimals(ticks: readonly number[]): number {
  return Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
}
