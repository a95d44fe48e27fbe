export * from "./lib/core/mod.ts";
