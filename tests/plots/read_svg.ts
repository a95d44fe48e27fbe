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

/** All elements below (and with) one, in document order. */
export function elementsOf(element: SvgElement): SvgElement[] {
  return [
    element,
    ...element.children.flatMap((child) => (typeof child === "string" ? [] : elementsOf(child))),
  ];
}

/** The text within an element; lines of one text are joined by a space. */
export function textOf(element: SvgElement): string {
  const lines = element.children.filter((child) => typeof child !== "string" && child.name === "tspan");
  if (lines.length > 0) return lines.map((line) => textOf(line as SvgElement)).join(" ");
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}

/** Every text that is drawn, with its place and size. */
export function drawnTexts(
  root: SvgElement,
): { text: string; lines: string[]; x: number; y: number; size: number; anchor: string; bold: boolean }[] {
  return elementsOf(root).filter(({ name }) => name === "g").flatMap((group) =>
    group.children.flatMap((child) => {
      if (typeof child === "string" || child.name !== "text") return [];
      const [dx, dy] = shiftOf(group);
      const [x, y] = shiftOf(child);
      const spans = child.children.filter((part) => typeof part !== "string") as SvgElement[];
      return [{
        text: textOf(child),
        lines: spans.length > 0 ? spans.map(textOf) : [textOf(child)],
        x: x + dx,
        y: y + dy,
        size: Number(
          group.attributes["font-size"] ?? child.attributes["font-size"] ?? root.attributes["font-size"],
        ),
        anchor: group.attributes["text-anchor"] ?? "middle",
        bold: group.attributes["font-weight"] === "700",
      }];
    })
  );
}

/** From pixels to data: reads the axis' numbers as a reader would, and puts a line through the outer two. */
export function axisOf(root: SvgElement): (pixel: number) => number {
  const ticks = elementsOf(root)
    .filter((group) => group.attributes["aria-label"] === "x-axis tick label")
    .flatMap((group) => group.children as SvgElement[])
    .map((tick) => ({ pixel: shiftOf(tick)[0], value: Number(textOf(tick).replace("−", "-")) }));
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  return (pixel) =>
    first.value + ((pixel - first.pixel) * (last.value - first.value)) / (last.pixel - first.pixel);
}

/** The points: circles agree, squares depart. */
export function pointsOf(
  root: SvgElement,
): { shape: "circle" | "square"; x: number; y: number; fill: string }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "dot").flatMap((group) =>
    (group.children as SvgElement[]).map((point) => {
      const fill = group.attributes.fill ?? "";
      if (point.name !== "circle") {
        return { shape: "square" as const, x: shiftOf(point)[0], y: shiftOf(point)[1], fill };
      }
      return {
        shape: "circle" as const,
        x: Number(point.attributes.cx),
        y: Number(point.attributes.cy),
        fill,
      };
    })
  ).sort((a, b) => a.y - b.y);
}

/** Straight lines with their stroke and dashes. */
export function linesOf(
  root: SvgElement,
): { x1: number; y1: number; x2: number; y2: number; stroke: string; dashed: boolean }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "link").flatMap((group) =>
    (group.children as SvgElement[]).map((line) => {
      const [x1, y1, x2, y2] = line.attributes.d!.match(/-?[\d.]+/g)!.map(Number) as [
        number,
        number,
        number,
        number,
      ];
      const stroke = line.attributes.stroke ?? group.attributes.stroke ?? "";
      return { x1, y1, x2, y2, stroke, dashed: group.attributes["stroke-dasharray"] !== undefined };
    })
  );
}

function shiftOf(element: SvgElement): [number, number] {
  const found = /translate\((-?[\d.]+),(-?[\d.]+)\)/.exec(element.attributes.transform ?? "");
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
  return text.replace(entity, (found) => {
    if (!found.startsWith("&#")) return names[found]!;
    return String.fromCodePoint(Number(found.slice(2, -1).replace(/^x/, "0x")));
  });
}
