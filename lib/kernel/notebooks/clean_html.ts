import { escapeHtml } from "../../core/mod.ts";
import { Buffer } from "node:buffer";

/** Makes HTML from outside harmless; the second argument describes drawings that do not describe themselves. */
export type HtmlCleaner = (html: string, about?: string) => string;

/**
 * Loads what makes HTML from outside harmless: only the elements and attributes named here stay, links lead to the web or
 * within the page, pictures carry their data. A drawing becomes a picture of itself, in which nothing runs or loads.
 */
export async function loadHtmlCleaner(): Promise<HtmlCleaner> {
  const { default: sanitizeHtml } = await import("sanitize-html");
  return (html, about = "Drawing") => sanitizeHtml(drawingsAsPictures(html, about), rules);
}

/** Above it a browser has trouble too: such a depth was never meant to be read. */
const deepest = 200;

const rules = {
  allowedTags: [
    ..."a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption"
      .split(" "),
    ..."figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark meter ol p pre progress q s samp small span".split(
      " ",
    ),
    ..."strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split(" "),
  ],
  // What these hold is not text that a reader was meant to see.
  nonTextTags: [
    ..."script style textarea option select noscript template title iframe noembed noframes xmp object".split(
      " ",
    ),
  ],
  // No ids or names: with them markup could stand in for what a script of the page looks up.
  allowedAttributes: {
    "*": [
      ..."style dir lang title aria-label".split(" "),
      { name: "role", values: ["region", "group", "img", "note"] },
      { name: "tabindex", values: ["0"] },
    ],
    a: ["href", "rel"],
    code: ["class"],
    details: ["open"],
    img: ["src", "alt", "width", "height"],
    meter: ["value", "min", "max"],
    ol: ["start"],
    progress: ["value", "max"],
    span: ["class"],
    td: ["colspan", "rowspan"],
    th: ["colspan", "rowspan", "scope"],
  },
  allowedClasses: { code: ["math", "display"], span: ["hljs-*"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowedSchemesByTag: { img: ["data"] },
  allowProtocolRelative: false,
  parseStyleAttributes: false,
  nestingLimit: deepest,
  transformTags: {
    "*": (tagName: string, attributes: { [name: string]: string }) => {
      if (attributes.style !== undefined) attributes.style = harmlessStyle(attributes.style);
      if (attributes.style === "") delete attributes.style;
      if (tagName === "a") attributes.rel = "noopener noreferrer";
      return { tagName, attribs: attributes };
    },
  },
  exclusiveFilter: ({ tag, attribs }: { tag: string; attribs: { [name: string]: string } }) =>
    tag === "img" && !/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(attribs.src ?? ""),
};

// What tables, views and progress of the toolkit use. Nothing that leaves its place, covers other parts or loads.
const harmlessProperty = new RegExp(
  "^(?:background(?:-color)?|border(?:-[a-z-]+)?|caption-side|color|cursor|display|flex(?:-[a-z]+)?|font(?:-[a-z-]+)?|gap|" +
    "(?:min-|max-)?(?:width|height)|line-height|list-style(?:-type)?|margin(?:-[a-z]+)?|opacity|overflow(?:-[a-z]+)?|" +
    "padding(?:-[a-z]+)?|text-align|vertical-align|white-space|word-(?:break|wrap))$",
);
const harmlessValue = /^(?:(?:rgb|hsl)a?\([\d\s.,%/]+\)|[\w\s.,%#]|(?<=[a-z])-(?=[a-z]))+$/;

function harmlessStyle(style: string): string {
  return style.split(";").filter((declaration) => {
    const [property, value, ...more] = declaration.split(":");
    return harmlessProperty.test(property!.trim()) && harmlessValue.test((value ?? "").trim()) &&
      more.length === 0;
  }).join(";");
}

// What is cut out here is looked at by nobody but the decoder of pictures; what is left goes through the rules above, so
// a wrong cut costs a drawing and nothing else.
function drawingsAsPictures(html: string, about: string): string {
  const parts: string[] = [];
  let [depth, start, done] = [0, 0, 0];
  for (const { 0: tag, index } of html.matchAll(/<\/?svg(?=[\s>/])/gi)) {
    if (index < done) continue;
    if (!tag.startsWith("</")) {
      if (depth++ === 0) start = index;
    } else if (depth > 0 && --depth === 0) {
      const end = html.indexOf(">", index) + 1;
      if (end === 0) break;
      parts.push(html.slice(done, start), pictureOf(html.slice(start, end), about));
      done = end;
    }
  }
  return parts.join("") + html.slice(done);
}

/** A drawing as a picture, which says what it shows: its own title and description, else what is said about it. */
export function pictureOf(svg: string, about: string): string {
  const own = /^<svg[^>]*>\s*<title>([^<]*)<\/title>(?:\s*<desc>([^<]*)<)?/i.exec(svg) ?? [];
  const told = own.slice(1).filter(Boolean).join(" ").trim();
  const named = /^[^>]*\sxmlns=/.test(svg)
    ? svg
    : svg.replace(/^<svg/i, '$& xmlns="http://www.w3.org/2000/svg"');
  const source = `data:image/svg+xml;base64,${Buffer.from(named).toString("base64")}`;
  return `<img src="${source}" alt="${told || escapeHtml(about)}">`;
}
