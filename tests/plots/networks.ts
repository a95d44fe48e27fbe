import { stream, type Table, tableOf } from "@understudy/understudy/core";

const row = {
  session: "g2",
  arm: "friends",
  role: "citizen",
  kind: "answer",
  item: "attitude",
  heard_by: "",
};
const ids = ["p14", "p3", "p27", "p8", "p41"];
const friends = [["p14", "p3"], ["p3", "p27"], ["p27", "p8"], ["p8", "p14"], ["p14", "p27"]] as const;

function said(member: string, role: string, heard_by: string) {
  return { ...row, member, role, kind: "line", item: "say", value: "Well.", heard_by };
}

function answered(values: readonly number[]) {
  return values.map((value, at) => ({ ...row, member: ids[at]!, value }));
}

/** Five citizens who answer before and after they talked, and a persuader whom two of them hear. */
export const persuaded: Table = tableOf([
  ...answered([3, 3, 7, 7, 5]),
  ...ids.map((id) => {
    const heard = friends.flatMap(([one, other]) => one === id ? [other] : other === id ? [one] : []);
    return said(id, "citizen", heard.join(", "));
  }),
  said("persuader", "persuader", "p3, p41"),
  ...answered([4, 5, 6, 6, 9]),
]);

const random = stream(1, "a network");
const many = Array.from({ length: 60 }, (_, at) => `p${at + 1}`);
const pairs = many.flatMap((from, i) =>
  many.slice(i + 1).map((to, step) => ({ from, to, near: (step + 1) % 3 === 0 }))
);

/** Sixty members of three groups of friends, without a line. */
export const crowd: Table = tableOf(
  many.map((member, at) => ({ ...row, member, value: 1 + (at % 3) * 3 + random.integer(2) })),
);

/** Who of them are friends. */
export const friendships: Table = tableOf(
  pairs.filter(({ near }) => random.uniform() < (near ? 0.16 : 0.006)),
);
