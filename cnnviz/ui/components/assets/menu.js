// The quiet download button of a picture: the picture as drawn, or its numbers.

import {font, write} from "./draw.js";
import {icon, make, mark} from "./elements.js";
import {imageTitle, whole} from "./format.js";

const ARROW = "M10 3v9.5M6 9l4 4 4-4M4 16.5h12";
const MARGIN = 16;
const TITLE = 32;

/** What a saved picture is called: what it shows, of which image where it hangs on one, its step and the run. */
export function titleOf(channel, {step, image}, what) {
  const parts = [what, image && imageTitle(image), `step ${whole(step)}`, channel.status?.label ?? channel.run];
  return parts.filter(Boolean).join(", ");
}

/** Save a picture of the given size in CSS pixels at twice that, on its ground, under its title. */
export function savePicture(theme, title, width, height, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((width + 2 * MARGIN) * 2);
  canvas.height = Math.round((height + 2 * MARGIN + TITLE) * 2);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.scale(2, 2);
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  font(context, theme, 16, 600);
  write(context, title, MARGIN, MARGIN + 10, theme.text);
  context.translate(MARGIN, MARGIN + TITLE);
  paint(context);
  canvas.toBlob((blob) => {
    const url = URL.createObjectURL(blob);
    make("a", {href: url, download: `${title.replace(/(?<=\d),(?=\d)/g, "").replace(/[^\w]+/g, "-").toLowerCase()}.png`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
}

/**
 * A "Download" button with its menu: `png` saves the picture, `numbers` gives the address of its numbers; `table`, where
 * there is one, a file made here, {href, name}.
 */
export function downloadMenu(what, {png, numbers, table = null}) {
  const button = make("button", {
    type: "button", className: "quiet", title: "Download", "aria-label": `Download ${what}`,
    "aria-haspopup": "menu", "aria-expanded": "false",
  }, icon(ARROW));
  const picture = make("button", {type: "button", role: "menuitem", tabIndex: -1}, "PNG");
  const link = (title) => make("a", {role: "menuitem", tabIndex: -1, download: "", onclick: () => setTimeout(() => open(false))}, title);
  const exact = link("Numbers");
  const sheet = link("CSV");
  const items = [picture, exact, ...(table ? [sheet] : [])];
  const list = make("div", {className: "menu", role: "menu", hidden: true, "aria-label": `Download ${what}`}, ...items);
  const box = make("span", {className: "download"}, button, list);

  const open = (visible) => {
    if (visible) {
      exact.href = numbers();
      if (table) ({href: sheet.href, name: sheet.download} = table());
    }
    list.hidden = !visible;
    mark(button, "aria-expanded", visible);
    if (visible) picture.focus();
  };
  button.addEventListener("click", () => open(list.hidden));
  picture.addEventListener("click", () => { png(); open(false); button.focus(); });
  box.addEventListener("focusout", ({relatedTarget}) => { if (!box.contains(relatedTarget)) open(false); });
  box.addEventListener("keydown", (event) => {
    const at = items.indexOf(event.target);
    if (event.key === "Escape" && !list.hidden) { open(false); button.focus(); event.stopPropagation(); }
    else if (at >= 0 && ["ArrowUp", "ArrowDown"].includes(event.key)) items.at((at + (event.key === "ArrowUp" ? -1 : 1)) % items.length).focus();
    else return;
    event.preventDefault();
  });
  return box;
}
