import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cannot } from "../core/mod.ts";
import { composeReport, type Report } from "./compose_report.ts";

/**
 * Writes a report as one self-contained HTML file, making its folder where there is none.
 *
 * @param path where the page goes: a path or a `file:` URL; a file that is there is replaced
 * @param report title, sections and their parts; see {@linkcode Report}
 * @returns when the file is written
 * @throws {TypeError} if `path` is empty, or the report is not one; nothing is written then
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { writeReport } from "@understudy/understudy/report";
 *
 * const folder = await Deno.makeTempDir();
 * await writeReport(`${folder}/out/report.html`, {
 *   title: "A first experiment",
 *   sections: [{ heading: "Question", text: "Does a threat change support?" }],
 * });
 * assertStringIncludes(await Deno.readTextFile(`${folder}/out/report.html`), "Does a threat change support?");
 * ```
 */
export async function writeReport(path: string | URL, report: Report): Promise<void> {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof file !== "string" || file === "") {
    throw new TypeError(cannot("write a report", "path", "be a path or a file: URL", path));
  }
  const page = composeReport(report);
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, page);
}
