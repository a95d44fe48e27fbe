import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { sha256Words } from "../../lib/core/sha256.ts";

Deno.test("sha256Words(text) gives the digest of node:crypto, for every length and letter", () => {
  const texts = ["", "abc", "é", "日本", "😀".repeat(33), '[1,"ask","p1","control",1,1]'];
  for (let length = 50; length < 200; length++) texts.push("x".repeat(length), `${"y".repeat(length)}ü`);
  for (const text of [...texts, "z".repeat(5000), "日".repeat(2000)]) {
    const digest = createHash("sha256").update(text).digest();
    const expected = Array.from({ length: 8 }, (_, word) => digest.readInt32BE(4 * word));
    assertEquals([...sha256Words(text)], expected);
  }
});
