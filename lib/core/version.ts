/** The toolkit's version, as published; stands here because a published module cannot read its `deno.json`. */
export const toolkitVersion: string = "0.1.0";
