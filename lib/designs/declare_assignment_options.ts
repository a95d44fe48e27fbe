/** One number for each arm; one arm may be left out and gets what the others leave. */
export type ArmNumbers = { readonly [arm: string]: number };

/** What {@linkcode declareAssignment} needs to know. */
export interface DeclareAssignmentOptions {
  /**
   * The number of units.
   * @default the length of `units`, `blocks` or `clusters`
   */
  readonly n?: number;
  /**
   * The units' names, distinct: draws are keyed by them.
   * @default "1", "2", …
   */
  readonly units?: readonly (string | number)[];
  /**
   * The block of each unit: assignment is complete within each block.
   * @default one block
   */
  readonly blocks?: readonly (string | number)[];
  /**
   * The cluster of each unit: clusters are assigned as one.
   * @default units are assigned one by one
   */
  readonly clusters?: readonly (string | number)[];
  /**
   * The arms' names.
   * @default ["control", "treated"]
   */
  readonly arms?: readonly string[];
  /**
   * The probability of each arm.
   * @default equal
   */
  readonly probabilities?: ArmNumbers;
  /**
   * The exact number of units (or clusters) of each arm, in every block.
   * @default from the probabilities, to rounding
   */
  readonly sizes?: ArmNumbers;
  /**
   * The probability of each arm, block by block.
   * @default `probabilities` in every block
   */
  readonly blockProbabilities?: { readonly [block: string]: ArmNumbers };
  /**
   * The exact number of units (or clusters) of each arm, block by block.
   * @default `sizes` in every block
   */
  readonly blockSizes?: { readonly [block: string]: ArmNumbers };
  /**
   * `complete`: arm sizes are fixed, to rounding. `simple`: each unit (or cluster) is assigned by itself.
   * @default "complete"
   */
  readonly assignment?: "complete" | "simple";
}
