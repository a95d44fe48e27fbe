/** A value that was read, or the reason why none was. */
export type Reading = { readonly value: number | string | readonly string[] } | { readonly reason: string };
