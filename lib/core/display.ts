/** What a notebook shows: MIME type to content. */
export type MimeBundle = { [mimeType: string]: unknown };

/** The method by which Deno's Jupyter kernel asks a value for its rendering. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that a notebook can show. */
export interface Displayable {
  /** The value as a MIME bundle. */
  [jupyterDisplay](): MimeBundle | Promise<MimeBundle>;
}
