import type { MimeBundle } from "../core/mod.ts";

/** How a display is placed: with an id it can be replaced later, also from another cell. */
export interface DisplayPlacement {
  /** The id under which the display can be replaced. */
  display_id?: string;
  /** Whether this replaces the display of that id. */
  update?: boolean;
}

/** What shows outputs in a notebook. */
export interface NotebookKernel {
  /** Displays a MIME bundle below the running cell. */
  display(bundle: MimeBundle, placement?: DisplayPlacement): Promise<void>;
}

/** The Deno kernel that runs this code; `undefined` in a script. */
export function notebookKernel(): NotebookKernel | undefined {
  let jupyter: typeof Deno.jupyter | undefined;
  try {
    // Reading the property throws outside a kernel.
    jupyter = globalThis.Deno?.jupyter;
  } catch {
    return undefined;
  }
  if (typeof jupyter?.display !== "function") return undefined;
  const { display } = jupyter;
  return { display: (bundle, placement = {}) => display(bundle, { raw: true, ...placement }) };
}
