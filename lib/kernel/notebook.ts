/** Printed text of a cell. */
export interface StreamOutput {
  /** The kind of output. */
  output_type: "stream";
  /** `stdout` or `stderr`. */
  name: string;
  /** The text. */
  text: string;
}

/** Something that a cell displays. */
export interface DisplayOutput {
  /** `execute_result` is the value of the cell's last expression. */
  output_type: "display_data" | "execute_result";
  /** MIME type to content: a text, or an object for JSON. */
  data: { [mimeType: string]: unknown };
  /** MIME type to details of the rendering. */
  metadata: { [name: string]: unknown };
  /** The count of the cell, for an `execute_result`. */
  execution_count?: number;
}

/** What a cell threw. */
export interface ErrorOutput {
  /** The kind of output. */
  output_type: "error";
  /** The name of the error. */
  ename: string;
  /** Its message. */
  evalue: string;
  /** The lines of its stack. */
  traceback: string[];
}

/** One output of a code cell. */
export type NotebookOutput = StreamOutput | DisplayOutput | ErrorOutput;

/** One cell. Texts are whole here; in the file they are lists of lines. */
export interface NotebookCell {
  /** The cell's id, unique in the notebook. */
  id: string;
  /** Prose, code, or text that is passed on as it is. */
  cell_type: "markdown" | "code" | "raw";
  /** The cell's text. */
  source: string;
  /** The cell's settings. */
  metadata: { [name: string]: unknown };
  /** How many cells had been run with this one; `null` before it is run. Code cells only. */
  execution_count?: number | null;
  /** What it printed and displayed. Code cells only. */
  outputs?: NotebookOutput[];
  /** Pictures of the prose: name to MIME type to base64. Markdown cells only. */
  attachments?: { [name: string]: { [mimeType: string]: unknown } };
}

/** A Jupyter notebook. */
export interface Notebook {
  /** The cells, in order. */
  cells: NotebookCell[];
  /** The notebook's settings: its kernel and language. */
  metadata: { [name: string]: unknown };
  /** Version of the format; always 4. */
  nbformat: number;
  /** Minor version of the format; 5 or later, for cell ids. */
  nbformat_minor: number;
}

/** The content of a MIME type that nbformat keeps as lines. */
export function isTextType(mimeType: string): boolean {
  return mimeType.startsWith("text/") || mimeType === "image/svg+xml" ||
    mimeType === "application/javascript";
}
