import type { Design } from "../../core/experiment.ts";
import type { Protocol } from "../../core/protocol.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { ask, tell, treatment } from "../../protocols/steps.ts";

const defaults = new WeakMap<Design, Protocol>();

/** What a session of a design goes through; without a protocol the treatment and then the questions. */
export function protocolOf(design: Design): Protocol {
  const known = design.protocol ?? defaults.get(design);
  if (known !== undefined && known !== null) return known;
  const protocol = declareProtocol({ steps: [tell(treatment()), ask(design.items)] });
  defaults.set(design, protocol);
  return protocol;
}
