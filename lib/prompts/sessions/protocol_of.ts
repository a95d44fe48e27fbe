import type { Design } from "../../core/experiment.ts";
import type { Protocol } from "../../core/protocol.ts";

const defaults = new WeakMap<Design, Protocol>();

/** What a session of a design goes through; without a protocol the treatment and then the questions. */
export function protocolOf(design: Design): Protocol {
  if (design.protocol) return design.protocol;
  const known = defaults.get(design);
  if (known !== undefined) return known;
  const step = { when: null, hears: null, to: null };
  const protocol: Protocol = {
    roles: { subject: { kind: "persona", text: "" } },
    hears: () => true,
    memory: { last: null },
    steps: [
      { ...step, kind: "tell", name: "tell", text: { treatment: null } },
      {
        ...step,
        kind: "ask",
        name: "ask",
        items: design.items,
        as: null,
        heard: "none",
        each: null,
        before: 0,
      },
    ],
  };
  defaults.set(design, protocol);
  return protocol;
}
