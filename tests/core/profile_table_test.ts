import { assertEquals } from "@std/assert";
import { readProfiles, writeProfiles } from "@understudy/understudy/core";

Deno.test("readProfiles(text) reads what writeProfiles wrote, also within other text, the last table of several", () => {
  const profiles = [
    { label: "Candidate A", levels: { job: "doctor", years_of_schooling: "16" } },
    { label: "Candidate B", levels: { job: "Ph.D. student (part-time)", years_of_schooling: "" } },
  ];
  const text = `Two people:\n\n${writeProfiles(profiles)}\n\nWhich one?\n| not | a table |`;
  assertEquals(readProfiles(text), profiles);
  const one = [{ label: "Profile", levels: { price: "5" } }];
  assertEquals(readProfiles(`${text}\n\n${writeProfiles(one)}`), one);
  assertEquals(readProfiles("No table | here |"), []);
  assertEquals(readProfiles(""), []);
});
