import { importTests } from "../support/import_tests.ts";

await importTests(/^(cli|workshop|examples|notebooks)\//);
