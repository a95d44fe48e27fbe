import { cannot } from "../core/errors.ts";

/** A sample: numbers, or points, each a list of as many coordinates as the others. */
export type Sample = ArrayLike<number> | readonly ArrayLike<number>[];

/** Points one after the other in one list. */
export interface Points {
  /** The coordinates, point by point. */
  readonly values: Float64Array;
  /** How many points there are. */
  readonly count: number;
  /** How many coordinates a point has. */
  readonly dimensions: number;
}

/**
 * Reads a sample of numbers or points.
 *
 * @param measure the distance that is asked for, named in errors
 * @param argument the sample's name, named in errors
 * @param sample numbers or points
 * @returns the points; numbers are points with one coordinate
 * @throws {RangeError} if the sample is empty, points differ in length, or a coordinate is not a finite number
 */
function readPoints(measure: string, argument: string, sample: Sample): Points {
  const action = `compute ${measure}`;
  if (sample.length === 0) {
    throw new RangeError(cannot(action, argument, "hold at least one point", sample.length));
  }
  const rows = Array.from(sample as ArrayLike<number | ArrayLike<number>>);
  const dimensions = typeof rows[0] === "number" ? 1 : rows[0]!.length;
  const values = new Float64Array(rows.length * dimensions);
  rows.forEach((row, point) => {
    const coordinates = typeof row === "number" ? [row] : row;
    if (coordinates.length !== dimensions || dimensions === 0) {
      const rule = `hold points of ${Math.max(1, dimensions)} coordinates each`;
      throw new RangeError(cannot(action, argument, rule, coordinates.length));
    }
    for (let k = 0; k < dimensions; k++) {
      const value = coordinates[k]!;
      if (!Number.isFinite(value)) {
        throw new RangeError(cannot(action, argument, "hold finite numbers", value));
      }
      values[point * dimensions + k] = value;
    }
  });
  return { values, count: rows.length, dimensions };
}

/**
 * Reads two samples of points with as many coordinates.
 *
 * @throws {RangeError} as `readPoints`, or if the two samples have points of other lengths
 */
export function readTwoSamples(measure: string, x: Sample, y: Sample): [Points, Points] {
  const first = readPoints(measure, "x", x);
  const second = readPoints(measure, "y", y);
  if (first.dimensions !== second.dimensions) {
    const rule = `hold points of as many coordinates as 'x', ${first.dimensions}`;
    throw new RangeError(cannot(`compute ${measure}`, "y", rule, second.dimensions));
  }
  return [first, second];
}

/** Sums a function of the squared Euclidean distance over all pairs of a point of one sample and one of the other. */
export function sumOverPairs(first: Points, second: Points, of: (squared: number) => number): number {
  const { dimensions } = first;
  let sum = 0;
  for (let i = 0; i < first.values.length; i += dimensions) {
    for (let j = 0; j < second.values.length; j += dimensions) {
      let squared = 0;
      for (let k = 0; k < dimensions; k++) squared += (first.values[i + k]! - second.values[j + k]!) ** 2;
      sum += of(squared);
    }
  }
  return sum;
}
