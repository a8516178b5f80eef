// Ink on a square of paper: strokes, and the picture of them that a network is shown.

export const SIDE = 112; // pixels a side of what is sent
const BRUSH = 8; // of those, as wide as a felt pen where a digit fills the square
const BLACK = "#000000";
const WHITE = "#ffffff";

/** White ink on black paper. Points are shares of the side, 0 to 1. */
export class Ink {
  #strokes = [];

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    this.small = canvas.getContext("2d", {willReadFrequently: true});
    this.#paper();
  }

  get empty() { return this.#strokes.length === 0; }

  /** Put the pen down: a stroke of one point is a dot. */
  begin(x, y) {
    this.#strokes.push([[x, y]]);
    this.#line(this.small, SIDE, [[x, y]]);
  }

  /** Draw on to a point. */
  to(x, y) {
    const stroke = this.#strokes.at(-1);
    const from = stroke.at(-1);
    if (from[0] === x && from[1] === y) return;
    stroke.push([x, y]);
    this.#line(this.small, SIDE, [from, [x, y]]);
  }

  undo() {
    this.#strokes.pop();
    this.#paper();
    // Piece by piece, as it was drawn: the soft edges of what is left stay as they were.
    for (const stroke of this.#strokes) stroke.forEach((point, i) => this.#line(this.small, SIDE, i ? [stroke[i - 1], point] : [point]));
  }

  clear() {
    this.#strokes = [];
    this.#paper();
  }

  /** A byte a pixel, row by row: 0 paper to 255 ink. */
  pixels() {
    const {data} = this.small.getImageData(0, 0, SIDE, SIDE);
    return Uint8Array.from({length: SIDE * SIDE}, (_, i) => data[4 * i]);
  }

  /** Draw it on a canvas of this many CSS pixels a side. */
  paint(context, side) {
    context.fillStyle = BLACK;
    context.fillRect(0, 0, side, side);
    for (const stroke of this.#strokes) this.#line(context, side, stroke);
  }

  #paper() {
    this.small.fillStyle = BLACK;
    this.small.fillRect(0, 0, SIDE, SIDE);
  }

  #line(context, side, points) {
    context.strokeStyle = WHITE;
    context.lineWidth = (BRUSH / SIDE) * side;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(points[0][0] * side, points[0][1] * side);
    for (const [x, y] of points.length > 1 ? points.slice(1) : points) context.lineTo(x * side, y * side);
    context.stroke();
  }
}
