// Drawing on canvases: sharp at every pixel density, sized once, values as they are.

/** Give a canvas its size in CSS pixels, where it changed; its context, in CSS pixels. */
export function fit(canvas, width, height) {
  const density = devicePixelRatio || 1;
  const wide = Math.max(1, Math.round(width * density));
  const high = Math.max(1, Math.round(height * density));
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}

/** A small picture of values, one pixel each, to be drawn enlarged; made again only when its key changes. */
export class Raster {
  constructor() {
    this.canvas = document.createElement("canvas");
  }

  /** `fill(words)` writes the pixels, row by row; the canvas knows whether it `hasGaps`, pixels that were left empty. */
  update(key, width, height, fill) {
    if (this.key && this.key.length === key.length && key.every((part, i) => part === this.key[i])) return this;
    this.key = key;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = Math.max(1, width);
      this.canvas.height = Math.max(1, height);
    }
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    const words = new Uint32Array(image.data.buffer);
    fill(words);
    this.canvas.hasGaps = words.includes(0);
    context.putImageData(image, 0, 0);
    return this;
  }
}

/** Set a font by size and weight in the theme's family. */
export function font(context, theme, size, weight = 400) {
  context.font = `${weight} ${size}px ${theme.font}`;
}

/** Write text; `align` as in canvas. */
export function write(context, text, x, y, colour, align = "left") {
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

/** The frame of what is chosen: a line of the accent within a halo of the ground, so it never rests on colour alone. */
export function frame(context, theme, x, y, width, height, line = 2.5, halo = 2) {
  context.lineJoin = "miter";
  context.strokeStyle = theme.ground;
  context.lineWidth = line + 2 * halo;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = theme.accent;
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
}

/** A byte image (C, H, W) as a raster: grey for one channel, red, green, blue for three. */
export function photograph(raster, picture) {
  const {values, shape} = picture.arrays.input;
  const [channels, height, width] = shape;
  const plane = height * width;
  return raster.update([picture.arrays.input], width, height, (words) => {
    for (let i = 0; i < plane; i++) {
      const red = values[i];
      const green = channels >= 3 ? values[plane + i] : red;
      const blue = channels >= 3 ? values[2 * plane + i] : red;
      words[i] = (255 << 24) | (blue << 16) | (green << 8) | red;
    }
  });
}

/** The side of a picture in a box: a whole multiple of its pixels where that nearly fills the box. */
export function whole(box, pixels, least = 0.85) {
  const density = devicePixelRatio || 1;
  const side = (Math.floor((box * density) / pixels) * pixels) / density;
  return side >= box * least ? side : box;
}
