/**
 * The notebook: showing results, progress and the stop button; running, verifying and publishing notebooks without Jupyter.
 *
 * @module
 */
export { interruptible } from "./interruptible.ts";
export { loadNotebook } from "./notebook.ts";
export type {
  DisplayOutput,
  ErrorOutput,
  Notebook,
  NotebookCell,
  NotebookOutput,
  StreamOutput,
} from "./notebook.ts";
export { renderNotebook, type RenderNotebookOptions } from "./render_notebook.ts";
export { type CellEvent, runNotebook, type RunNotebookOptions } from "./run_notebook.ts";
export { show } from "./show.ts";
export { type ProgressListener, showProgress, type ShowProgressOptions } from "./show_progress.ts";
export { verifyNotebook, type VerifyNotebookOptions } from "./verify_notebook.ts";
export { writeNotebook } from "./notebook.ts";
export type { MimeBundle, Table } from "../core/mod.ts";
export type { RunProgress } from "../runner/mod.ts";
