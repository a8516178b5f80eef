// Small images in rows, on one canvas.

import {fit, frame, Raster, whole} from "./draw.js";
import {pixelsOf} from "./thumbs.js";

const LEAST = 0.7; // of a tile that an image must fill to be drawn in whole multiples of its pixels

/** Images of one answer, {values, shape: [N, C, H, W]} of bytes, each made a picture when it is first painted. */
export class TileSheet {
  #rasters = new Map();

  constructor(images) {
    this.images = images;
  }

  #raster(n) {
    if (!this.#rasters.has(n)) {
      const [, , high, wide] = this.images.shape;
      this.#rasters.set(n, new Raster().update([n], wide, high, (words) => pixelsOf(this.images, n, words)));
    }
    return this.#rasters.get(n).canvas;
  }

  /** Paint the images `picks`, row by row, -1 for none; those that `isFramed` stand out. */
  paint(canvas, picks, {tile, gap, columns, theme, isFramed = () => false}) {
    const [, , high, wide] = this.images.shape;
    const longest = Math.max(high, wide);
    const side = whole(tile, longest, LEAST);
    const [pixelWide, pixelHigh] = [(side * wide) / longest, (side * high) / longest];
    const pitch = side + gap;
    const rows = Math.max(1, Math.ceil(picks.length / columns));
    const context = fit(canvas, columns * pitch - gap + 4, rows * pitch - gap + 4); // 2 around for a frame
    picks.forEach((n, at) => {
      if (n < 0) return;
      const x = 2 + (at % columns) * pitch + Math.floor((side - pixelWide) / 2);
      const y = 2 + Math.floor(at / columns) * pitch + Math.floor((side - pixelHigh) / 2);
      context.drawImage(this.#raster(n), x, y, pixelWide, pixelHigh);
      if (isFramed(n)) frame(context, {ground: theme.ground, accent: theme.warning}, x, y, pixelWide, pixelHigh, 2, 0);
    });
  }
}
