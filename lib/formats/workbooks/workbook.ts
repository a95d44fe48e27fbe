import type { Treatments } from "../../core/experiment.ts";
import type { Item } from "../../core/item.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Table } from "../../core/table.ts";
import type { Sheet, SheetCell } from "./sheet_rows.ts";

/** What a workbook says. */
export interface Workbook {
  /** Which version's sheets it has. */
  readonly version: 1 | 2;
  /** `persona_id`, the profile's columns, and `persona_text` where the profile is told as questions and answers. */
  readonly personas: Table;
  /** The arms: the treatments, or where constants have several values their combinations. */
  readonly treatments: Treatments;
  /** What a session goes through. */
  readonly protocol: Protocol;
  /** The questions. */
  readonly items: readonly Item[];
  /** `roles` for `assignGroups`: of version 1 one of each, of version 2 the size of the largest session. */
  readonly roles: { readonly [role: string]: number };
  /**
   * The personas with `session`, `role`, `seat`, and perhaps `arm`, where the workbook assigns them; else `null`. Of version
   * 2 a session is those who are ever in a group together.
   */
  readonly assignment: Table | null;
  /** The texts for people and for models: `sheet`, `row`, `human_text`, `llm_text`, `is_adapted`, `unmarked`. */
  readonly adaptations: Table;
  /** The settings, with defaults. */
  readonly settings: { readonly [setting: string]: SheetCell };
  /** What has no counterpart here: `sheet`, `row`, `what`, `why`. */
  readonly notUnderstood: Table;
  /** The sheets, cell for cell. */
  readonly sheets: readonly Sheet[];
}
