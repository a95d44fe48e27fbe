/** An element of a drawing, as read back from its text. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: (SvgElement | string)[];
}

const entity = /&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);/g;
const token = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;

/** Reads XML, strictly: throws where the text is not one well-formed element without comments or declarations. */
export function readSvg(text: string): SvgElement {
  const root: SvgElement = { name: "", attributes: {}, children: [] };
  const open: SvgElement[] = [root];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null || match[6] !== undefined) {
      throw new Error(`no XML at ${at}: ${text.slice(at, at + 40)}`);
    }
    const [, closing, name, attributes, alone, words] = match;
    const parent = open.at(-1)!;
    if (words !== undefined) {
      if (open.length > 1) parent.children.push(decode(words));
      else if (words.trim() !== "") throw new Error("text beside the root");
    } else if (closing === "/") {
      if (open.length === 1 || parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
      open.pop();
    } else {
      const element = { name: name!, attributes: readAttributes(attributes!), children: [] };
      parent.children.push(element);
      if (alone !== "/") open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  if (root.children.length !== 1) throw new Error(`${root.children.length} root elements`);
  return root.children[0] as SvgElement;
}

/** All elements below (and with) one, in document order; attributes of a group stand for its members too. */
export function elementsOf(element: SvgElement, above: SvgElement["attributes"] = {}): SvgElement[] {
  const own = { ...element, attributes: { ...above, ...element.attributes } };
  const passed = element.name === "g" ? own.attributes : {};
  return [
    own,
    ...element.children.flatMap((child) => typeof child === "string" ? [] : elementsOf(child, passed)),
  ];
}

/** The text within an element; lines of one text are joined by a space. */
export function textOf(element: SvgElement): string {
  return element.children.map((child) => typeof child === "string" ? child : textOf(child)).join(" ");
}

/** A text that is drawn. */
export interface DrawnText {
  readonly text: string;
  readonly lines: readonly string[];
  /** Where its first line starts, is centred or ends. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  readonly anchor: string;
}

/** Every text that is drawn, with its place and size. */
export function drawnTexts(root: SvgElement): DrawnText[] {
  return elementsOf(root).filter(({ name }) => name === "text").map((element) => {
    const { attributes, children } = element;
    const [x, y] = placeOf(attributes);
    const spans = children.filter((child) => typeof child !== "string");
    return {
      text: textOf(element),
      lines: spans.length > 0 ? spans.map(textOf) : [textOf(element)],
      x,
      y,
      size: Number(attributes["font-size"]),
      bold: attributes["font-weight"] === "700",
      anchor: attributes["text-anchor"] ?? "middle",
    };
  });
}

/** The points of a drawing from top to bottom; those of its key left out. */
export function pointsOf(
  root: SvgElement,
): { shape: string; x: number; y: number; r: number; fill: string }[] {
  const shapes = [["square", /h.*v/], ["triangle", /^M0,-[\d.]+L[\d.]+,[\d.]+L-/], ["diamond", /./]] as const;
  return elementsOf(root).filter(({ name, attributes }) => name !== "g" && attributes["aria-label"] === "dot")
    .map(({ name, attributes }) => {
      const circle = name === "circle";
      const [x, y] = circle ? [Number(attributes.cx), Number(attributes.cy)] : placeOf(attributes);
      const shape = circle ? name : shapes.find(([, pattern]) => pattern.test(attributes.d!))![0];
      return { shape, x, y, r: Number(attributes.r), fill: attributes.fill! };
    }).sort((a, b) => a.y - b.y || a.x - b.x);
}

/** Straight lines of two ends. */
export function linesOf(
  root: SvgElement,
): { from: number[]; to: number[]; dashed: boolean; stroke: string }[] {
  return elementsOf(root).filter(({ name, attributes }) =>
    name === "path" && attributes["aria-label"] === "line"
  )
    .map(({ attributes }) => ({ attributes, ends: attributes.d!.match(/-?[\d.]+/g)!.map(Number) }))
    .filter(({ ends }) => ends.length === 4).map(({ attributes, ends }) => ({
      from: ends.slice(0, 2),
      to: ends.slice(2),
      dashed: attributes["stroke-dasharray"] !== undefined,
      stroke: attributes.stroke!,
    }));
}

/** From pixels to data: reads the axis' numbers below a height as a reader would. */
export function axisBelow(root: SvgElement, y: number): (pixel: number) => number {
  const ticks = drawnTexts(root).filter((drawn) =>
    drawn.anchor === "middle" && /^[−-]?[\d.]+%?$/.test(drawn.text) && drawn.y > y
  );
  const row = ticks.filter((tick) => tick.y === Math.min(...ticks.map((other) => other.y)));
  const valueOf = ({ text }: DrawnText) => Number(text.replace("−", "-").replace("%", ""));
  const [first, last] = [row[0]!, row.at(-1)!];
  return (pixel) =>
    valueOf(first) + (pixel - first.x) * (valueOf(last) - valueOf(first)) / (last.x - first.x);
}

function placeOf({ transform = "" }: SvgElement["attributes"]): [number, number] {
  const found = /translate\((-?[\d.]+),(-?[\d.]+)\)/.exec(transform);
  return found === null ? [0, 0] : [Number(found[1]), Number(found[2])];
}

function readAttributes(text: string): { [name: string]: string } {
  const attributes: { [name: string]: string } = {};
  for (const [, name, value] of text.matchAll(/([\w:.-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`attribute ${name} stands twice`);
    attributes[name!] = decode(value!);
  }
  return attributes;
}

function decode(text: string): string {
  if (text.replace(entity, "").includes("&")) throw new Error(`a bare & in ${text}`);
  if (/(?![\t\n\r])\p{Cc}/u.test(text)) throw new Error("a control character");
  const names: { [entity: string]: string } = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
  };
  return text.replace(
    entity,
    (found) => names[found] ?? String.fromCodePoint(Number(found.slice(2, -1).replace(/^x/, "0x"))),
  );
}
