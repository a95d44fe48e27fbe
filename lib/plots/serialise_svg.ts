import { escapeHtml } from "../core/mod.ts";

/** The part of a DOM node that is written. */
export interface SvgNode {
  readonly nodeType: number;
  readonly localName?: string | null;
  readonly textContent: string | null;
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<SvgNode>;
}

/** What stands at the head of a standalone drawing. */
export interface SvgHead {
  readonly title: string;
  readonly description: string;
  readonly fontFamily: string;
  /** The colour of what has none of its own: the page's must not get in. */
  readonly ink: string;
  /** Markup drawn below everything else. */
  readonly backdrop: string;
}

const elementNode = 1;
const textNode = 3;

/**
 * Writes a drawing as one well-formed `<svg>` element that stands alone.
 *
 * The DOM's own `outerHTML` is HTML, which is not XML; and style sheets are dropped, since inline they would apply
 * to the whole page.
 */
export function serialiseSvg(root: SvgNode, head: SvgHead): string {
  const attributes = writeAttributes(root, ["xmlns", "class", "style", "fill", "font-family"]);
  const children = [...root.childNodes].map(writeNode).join("");
  const family = ` fill="${head.ink}" font-family="${escapeHtml(head.fontFamily)}"`;
  const style = 'role="img" style="max-width:100%;height:auto;display:block"';
  return `<svg xmlns="http://www.w3.org/2000/svg"${attributes}${family} ${style}>` +
    `<title>${escapeHtml(head.title)}</title><desc>${escapeHtml(head.description)}</desc>` +
    `${head.backdrop}${children}</svg>`;
}

function writeNode(node: SvgNode): string {
  if (node.nodeType === textNode) return escapeHtml(node.textContent ?? "");
  if (node.nodeType !== elementNode || node.localName === "style") return "";
  const children = [...node.childNodes].map(writeNode).join("");
  const open = `<${node.localName}${writeAttributes(node, ["class"])}`;
  return children === "" ? `${open}/>` : `${open}>${children}</${node.localName}>`;
}

function writeAttributes(node: SvgNode, except: readonly string[]): string {
  return [...(node.attributes ?? [])]
    .filter(({ name }) => !except.includes(name))
    .map(({ name, value }) => ` ${name}="${escapeHtml(shortNumbers(value))}"`).join("");
}

// A thousandth of a pixel is enough, and the same on every machine.
function shortNumbers(value: string): string {
  return value.replace(/-?\d+\.\d{4,}(?![\de])/g, (number) => String(Number(Number(number).toFixed(3))));
}
