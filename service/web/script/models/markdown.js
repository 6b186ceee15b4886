// The little of Markdown that model cards are written in, as elements: headings, lists, tables, paragraphs, `code` and **bold**.

import { h } from "../dom.js";

/** Elements of `text`; its headings begin at level `level`. What is not understood stays as it is written. */
export function markdown(text, level = 3) {
  return text.replace(/\r/g, "").split(/\n{2,}/).flatMap((block) => blocks(block.trim(), level));
}

function blocks(block, level) {
  if (!block) return [];
  const lines = block.split("\n");
  const heading = /^(#{1,6})\s+(.*)$/.exec(lines[0]);
  if (heading) {
    const depth = Math.min(6, level + heading[1].length - 1);
    return [h(`h${depth}`, {}, inline(heading[2])), ...blocks(lines.slice(1).join("\n").trim(), level)];
  }
  if (lines.every((line) => /^\s*\|.*\|\s*$/.test(line))) return [table(lines)];
  if (/^\s*[-*] /.test(lines[0])) return [h("ul", {}, items(lines).map((item) => h("li", {}, inline(item))))];
  const list = lines.findIndex((line) => /^\s*[-*] /.test(line));
  if (list > 0) return [h("p", {}, inline(lines.slice(0, list).join(" "))), ...blocks(lines.slice(list).join("\n"), level)];
  return [h("p", {}, inline(lines.join(" ")))];
}

/** One text an item; lines without a mark go on with the item above. */
function items(lines) {
  const found = [];
  for (const line of lines) {
    if (/^\s*[-*] /.test(line)) found.push(line.replace(/^\s*[-*] /, ""));
    else found[found.length - 1] += ` ${line.trim()}`;
  }
  return found;
}

function table(lines) {
  const rows = lines.filter((line) => !/^[\s|:-]+$/.test(line)).map((line) => line.trim().slice(1, -1).split("|").map((cell) => cell.trim()));
  const [head, ...body] = rows;
  return h("div", { class: "models-scroll", tabindex: "0", role: "region", "aria-label": head.join(", ") }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, inline(cell))))),
    h("tbody", {}, body.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, inline(cell))))))));
}

function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/).map((part) => {
    if (/^`.+`$/.test(part)) return h("code", {}, part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return h("strong", {}, part.slice(2, -2));
    const link = /^\[([^\]]+)\]\((https?:[^)\s]+)\)$/.exec(part);
    return link ? h("a", { href: link[2], rel: "noreferrer" }, link[1]) : part;
  });
}
