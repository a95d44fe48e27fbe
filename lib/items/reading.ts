/** A value that was read. */
export interface ValueRead {
  /** The value. */
  readonly value: number | string | readonly string[];
}

/** Why no value was read. */
export interface NothingRead {
  /** The reason, a sentence's end. */
  readonly reason: string;
  /** How many values the text names all the same; absent where that was not counted. */
  readonly names?: number;
}

/** A value that was read, or the reason why none was. */
export type Reading = ValueRead | NothingRead;
