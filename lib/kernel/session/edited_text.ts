/**
 * A text with insertions and replacements at places of the original.
 *
 * Edits are made from the outer parts of a program inwards: of several openings at one place the outer one stands
 * first, of several closings the inner one.
 */
export class EditedText {
  readonly #openings = new Map<number, string>();
  readonly #closings = new Map<number, string>();
  readonly #replacements = new Map<number, { end: number; text: string }>();
  /** Where edits are, in order; made again after another edit. */
  #places: number[] | undefined;

  constructor(readonly original: string) {}

  open(place: number, text: string): void {
    this.#places = undefined;
    this.#openings.set(place, (this.#openings.get(place) ?? "") + text);
  }

  close(place: number, text: string): void {
    this.#places = undefined;
    this.#closings.set(place, text + (this.#closings.get(place) ?? ""));
  }

  replace(start: number, end: number, text: string): void {
    this.#places = undefined;
    this.#replacements.set(start, { end, text });
  }

  /** Replaces a part by spaces, so that what follows stays at its line and column. */
  blank(start: number, end: number): void {
    this.replace(start, end, blanked(this.original.slice(start, end)));
  }

  /** A part as edited: with what opens at its start and closes at its end, without what belongs to its neighbours. */
  slice(start: number, end: number): string {
    this.#places ??= [
      ...new Set([this.#openings, this.#closings, this.#replacements].flatMap((edits) => [...edits.keys()])),
    ]
      .sort((a, b) => a - b);
    let [text, at] = ["", start];
    for (const place of this.#places) {
      if (place < at) continue; // Before, or inside of what was replaced.
      if (place > end) break;
      text += this.original.slice(at, place);
      at = place;
      if (place > start) text += this.#closings.get(place) ?? "";
      if (place === end) break;
      const replacement = this.#replacements.get(place);
      text += (this.#openings.get(place) ?? "") + (replacement?.text ?? "");
      at = replacement?.end ?? place;
    }
    return text + this.original.slice(at, end);
  }
}

/** Spaces and line ends in place of a text. */
export function blanked(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, " ");
}
