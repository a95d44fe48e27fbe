import { assertEquals } from "@std/assert";
import { toolkitVersion } from "@understudy/understudy/core";
import configuration from "../../deno.json" with { type: "json" };

Deno.test("toolkitVersion is the version that is published", () => {
  assertEquals(toolkitVersion, configuration.version);
});
