import { importTests } from "../support/import_tests.ts";

await importTests(/^(audit|diagnosis|calibration|fidelity)\//);
