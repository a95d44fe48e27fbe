/** Finds which lists of small whole numbers are the same, in whatever order: each kind of list gets a number. */
export class PatternTable {
  /** Each kind of list, sorted, by its number. */
  readonly lists: Int32Array[] = [];
  #known = new Map<number | string, number>();

  /** The number of the list of `count` values from `from` on, each moved by `shift`. */
  numberOf(values: ArrayLike<number>, from: number, count: number, shift = 0): number {
    // Lists of one are by far the most: they need no sorting and no text.
    const key = count === 1 ? values[from]! + shift : this.#textOf(values, from, count, shift);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const list = Int32Array.from({ length: count }, (_, i) => values[from + i]! + shift).sort();
    this.#known.set(key, this.lists.push(list) - 1);
    return this.lists.length - 1;
  }

  #textOf(values: ArrayLike<number>, from: number, count: number, shift: number): string {
    const list: number[] = [];
    for (let i = 0; i < count; i++) list.push(values[from + i]! + shift);
    return list.sort((a, b) => a - b).join();
  }
}
