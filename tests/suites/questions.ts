import { importTests } from "../support/import_tests.ts";

await importTests(
  /^(items|formats|personas|treatments|prompts|respondents|store|runner|contract|end_to_end)\//,
);
