import { lineHeight } from "./palette.ts";

/** How a text is set: its size in pixels and whether it is bold. */
export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
}

interface Ink extends TextStyle {
  readonly fill: string;
}

/** Lines of text with their place: the upper end of the first line, and its start unless anchored otherwise. */
export interface TextBlock extends Ink {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly halo?: boolean;
}

/** Sets a text from a place on, in lines of at most its width. */
export function setText(
  text: string,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  style: Ink & Pick<TextBlock, "anchor" | "halo">,
  maximumLines?: number,
): TextBlock {
  return { ...style, lines: wrapText(text, width, style, maximumLines), x, y };
}

export function bottomOf({ y, ...block }: Pick<TextBlock, "y" | "lines" | "size">): number {
  return y + heightOf(block);
}

export function heightOf({ lines, size }: Pick<TextBlock, "lines" | "size">): number {
  return lines.length * size * lineHeight;
}

export function widthOf({ lines, ...style }: TextStyle & { readonly lines: readonly string[] }): number {
  return Math.max(0, ...lines.map((line) => measureText(line, style)));
}

// Advance widths of Helvetica for the characters 32 to 126, in thousandths of the font size.
const helvetica = [
  ...[278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278],
  ...[556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556],
  ...[1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778],
  ...[667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556],
  ...[333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556],
  ...[556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584],
];
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffe6]|\p{Emoji}/u;

/** The width of a text in pixels; there is no canvas to ask, so from the font's table. */
export function measureText(text: string, style: TextStyle): number {
  let thousandths = 0;
  for (const character of text) {
    thousandths += helvetica[character.codePointAt(0)! - 32] ?? (wide.test(character) ? 1050 : 620);
  }
  return (thousandths / 1000) * style.size * (style.bold ? 1.09 : 1.03);
}

/** Breaks a text into lines of at most `width` pixels; what exceeds `maximumLines` ends in an ellipsis. */
export function wrapText(text: string, width: number, style: TextStyle, maximumLines = 3): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/).flatMap((part) => pieces(part, width, style))) {
    const last = lines.at(-1);
    const joined = `${last} ${word}`;
    if (last !== undefined && measureText(joined, style) <= width) lines[lines.length - 1] = joined;
    else if (word !== "") lines.push(word);
  }
  if (lines.length <= maximumLines) return lines;
  const shown = lines.slice(0, maximumLines);
  shown[maximumLines - 1] = shorten(`${shown[maximumLines - 1]}…`, width, style);
  return shown;
}

function pieces(word: string, width: number, style: TextStyle): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (part !== "" && measureText(part + character, style) > width) {
      const cut = breakAfter(part);
      parts.push(part.slice(0, cut));
      part = part.slice(cut);
    }
    part += character;
  }
  return [...parts, part];
}

// Names such as foreign_policy_support break after an underscore or hyphen where they have one.
function breakAfter(part: string): number {
  const seam = Math.max(part.lastIndexOf("_"), part.lastIndexOf("-"), part.lastIndexOf("/")) + 1;
  return seam > 2 ? seam : part.length;
}

function shorten(line: string, width: number, style: TextStyle): string {
  const characters = [...line.slice(0, -1)];
  while (characters.length > 1 && measureText(`${characters.join("")}…`, style) > width) characters.pop();
  return `${characters.join("")}…`;
}
