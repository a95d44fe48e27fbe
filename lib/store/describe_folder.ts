/** What code runs in the current folder: the version of Deno, the packages, the commit; `null` where it may not be read. */
export function describeFolder(): object {
  const commit = git("rev-parse", "HEAD");
  return {
    deno: Deno.version.deno,
    packages: packages(),
    commit,
    commit_is_changed: commit === null ? null : git("status", "--porcelain", "--untracked-files=no") !== "",
  };
}

/** What git says of the current folder; `null` where it may not be asked, or knows nothing of it. */
function git(...args: string[]): string | null {
  if (Deno.permissions.querySync({ name: "run", command: "git" }).state !== "granted") return null;
  try {
    const { success, stdout } = new Deno.Command("git", { args, stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}

/** The packages that the folder's `deno.json` names, with their versions. */
function packages(): unknown {
  if (Deno.permissions.querySync({ name: "read", path: "deno.json" }).state !== "granted") return null;
  try {
    return JSON.parse(Deno.readTextFileSync("deno.json")).imports ?? null;
  } catch {
    return null;
  }
}
