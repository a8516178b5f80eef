// What the Image button shows: Streamlit shuts a popover whose label changes, so the label stays and the style says which
// image it is.

import {photograph, Raster} from "./draw.js";
import {imageTitle} from "./format.js";

const photo = new Raster();
let shown = null; // the input whose picture is on the button
let title = null;

/** Name and show the image on screen. */
export function showOnButton({image, picture}) {
  const {style} = document.documentElement;
  const input = picture?.image === image ? picture.arrays.input : null;
  if (imageTitle(image) !== title) {
    title = imageTitle(image);
    style.setProperty("--image-name", JSON.stringify(title));
    if (!input) style.setProperty("--image", "none");
  }
  if (!input || input === shown) return;
  shown = input;
  style.setProperty("--image", `url(${photograph(photo, picture).canvas.toDataURL()})`);
}
