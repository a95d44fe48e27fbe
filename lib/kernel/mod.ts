/**
 * The notebook: showing results, progress and the stop button; running, verifying and publishing notebooks without Jupyter.
 *
 * @module
 */
export { bundleNotebook, type BundleNotebookOptions } from "./notebooks/bundle_notebook.ts";
export { checkNotebook } from "./notebooks/check_notebook.ts";
export { interruptible } from "./showing/interruptible.ts";
export { describeOutputs } from "./notebooks/describe_outputs.ts";
export { loadNotebook } from "./notebooks/ipynb.ts";
export type {
  DisplayOutput,
  ErrorOutput,
  Notebook,
  NotebookCell,
  NotebookOutput,
  StreamOutput,
} from "./notebooks/ipynb.ts";
export { publishNotebook, type PublishNotebookOptions } from "./notebooks/publish_notebook.ts";
export { type CellEvent, runNotebook, type RunNotebookOptions } from "./notebooks/run_notebook.ts";
export { show } from "./showing/show.ts";
export { type ProgressListener, showProgress, type ShowProgressOptions } from "./showing/show_progress.ts";
export { verifyNotebook, type VerifyNotebookOptions } from "./notebooks/verify_notebook.ts";
export { writeNotebook } from "./notebooks/ipynb.ts";
export type { MimeBundle, Table } from "../core/mod.ts";
export type { RunProgress } from "../runner/mod.ts";
