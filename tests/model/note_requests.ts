import { requestKey, type Respondent } from "@understudy/understudy/core";

/** A respondent that writes the key of each request into a file before it is asked. */
export function noteRequests(respondent: Respondent, file: string): Respondent {
  return {
    name: respondent.name,
    identity: () => respondent.identity(),
    async respond(request, options) {
      const key = requestKey(await respondent.identity(), request);
      await Deno.writeTextFile(file, `${key}\n`, { append: true });
      return await respondent.respond(request, options);
    },
  };
}
