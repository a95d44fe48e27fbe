import { pictureOfSvg } from "../../report/compose_page.ts";

/** Makes HTML from outside harmless; what is said about drawings stands where they do not describe themselves. */
export type HtmlCleaner = (html: string, about?: string) => string;

/**
 * Loads what makes HTML from outside harmless: only the elements and attributes named here stay, links lead to the web or
 * within the page, pictures carry their data. A drawing becomes a picture of itself, in which nothing runs or loads.
 */
export async function loadHtmlCleaner(): Promise<HtmlCleaner> {
  const { default: sanitizeHtml } = await import("sanitize-html");
  return (html, about = "") => sanitizeHtml(drawingsAsPictures(html, about), rules);
}

const elements =
  `a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
  h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre progress q s samp small span strong sub summary sup table tbody td
  tfoot th thead time tr u ul var wbr`;
const unseen =
  "script style textarea option select noscript template title iframe noembed noframes xmp object";

// What tables, views and progress of the toolkit use. Nothing that leaves its place, covers other parts or loads.
const property =
  "background(-color)?|border(-[a-z-]+)?|caption-side|color|cursor|display|flex(-[a-z]+)?|font(-[a-z-]+)?|gap|" +
  "(min-|max-)?(width|height)|line-height|list-style(-type)?|margin(-[a-z]+)?|opacity|overflow(-[a-z]+)?|" +
  "padding(-[a-z]+)?|text-(align|decoration)|vertical-align|white-space|word-(break|wrap)";
const value = String.raw`(?:(?:rgb|hsl)a?\([\d\s.,%/]+\)|[\w\s.,%#]|(?<=[a-z])-(?=[a-z]))+`;
const harmlessLook = new RegExp(`^\\s*(?:${property})\\s*:${value}$`);

type Attributes = { [name: string]: string };

const rules = {
  allowedTags: elements.split(/\s+/),
  nonTextTags: unseen.split(" "),
  // No ids or names: with them markup could stand in for what a script of the page looks up.
  allowedAttributes: {
    "*": ["style", "dir", "lang", "title", "role", "tabindex", "aria-label"],
    a: ["href", "rel"],
    details: ["open"],
    img: ["src", "alt", "width", "height"],
    ol: ["start"],
    progress: ["value", "max"],
    td: ["colspan", "rowspan"],
    th: ["colspan", "rowspan", "scope"],
  },
  allowedClasses: { code: ["math", "display"], span: ["hljs-*"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowedSchemesByTag: { img: ["data"] },
  allowProtocolRelative: false,
  parseStyleAttributes: false,
  // Browsers have trouble with deeper ones too.
  nestingLimit: 200,
  transformTags: {
    "*": (tagName: string, { style, align = "", role = "", tabindex, ...attribs }: Attributes) => {
      const looks = `${style};text-align:${align}`.split(";").filter((look) => harmlessLook.test(look)).join(
        ";",
      );
      if (looks !== "") attribs.style = looks;
      if (/^(?:region|group|img|note)$/.test(role)) attribs.role = role;
      if (tabindex === "0") attribs.tabindex = tabindex;
      if (tagName === "a") attribs.rel = "noopener noreferrer";
      return { tagName, attribs };
    },
  },
  exclusiveFilter: ({ tag, attribs }: { tag: string; attribs: Attributes }) =>
    tag === "img" && !/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(attribs.src ?? ""),
};

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
      parts.push(html.slice(done, start), pictureOfSvg(html.slice(start, end), about));
      done = end;
    }
  }
  return parts.join("") + html.slice(done);
}
