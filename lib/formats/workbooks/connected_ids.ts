/** The number, from 1, of the part that each id belongs to, where pairs join ids; pairs with others join nothing. */
export function connectIds(
  ids: readonly string[],
  pairs: Iterable<readonly [one: string, other: string]>,
): Map<string, number> {
  const above = new Map(ids.map((id) => [id, id]));
  const top = (id: string): string => {
    while (above.get(id) !== id) above.set(id, id = above.get(above.get(id)!)!);
    return id;
  };
  for (const [one, other] of pairs) if (above.has(one) && above.has(other)) above.set(top(other), top(one));
  const numbers = new Map([...new Set([...above.keys()].map(top))].map((id, at) => [id, at + 1]));
  return new Map([...above.keys()].map((id) => [id, numbers.get(top(id))!]));
}
