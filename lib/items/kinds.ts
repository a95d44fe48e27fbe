/** The kinds of questions: a new kind is a file like these and a line here. */
export * from "./allocation.ts";
export * from "./choice.ts";
export * from "./likert.ts";
export * from "./multiple_choice.ts";
export * from "./number.ts";
export * from "./percentages.ts";
export * from "./ranking.ts";
export * from "./text.ts";
export * from "./yes_no.ts";
