// Pictures from the webcam: one a click, many while the button is held.

import {make, reveal, say} from "./elements.js";

export const SIDE = 128; // pixels a side of what is kept
const AGAIN = 100; // ms between two pictures while the button is held
const HELD = 400; // ms until a press is more than a click
const WRONG = {
  NotAllowedError: "The browser does not give this page the camera. Allow it beside the address above, or draw, or choose files.",
  NotFoundError: "There is no camera here. Draw the pictures, or choose files.",
  NotReadableError: "Another program uses the camera. Close that, and try again.",
  OverconstrainedError: "This camera gives no pictures that fit. Draw them, or choose files.",
};
const NOT_SAFE = "Browsers give the camera only to pages over https, or from this computer itself. Draw the pictures, or choose files.";

/** The picture that a video shows now, square and as in a mirror: red, green and blue of every pixel. */
function shot(video, canvas) {
  const {videoWidth: wide, videoHeight: high} = video;
  const side = Math.min(wide, high);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.setTransform(-1, 0, 0, 1, SIDE, 0);
  context.drawImage(video, (wide - side) / 2, (high - side) / 2, side, side, 0, 0, SIDE, SIDE);
  const {data} = context.getImageData(0, 0, SIDE, SIDE);
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    pixels[to] = data[from];
    pixels[to + 1] = data[from + 1];
    pixels[to + 2] = data[from + 2];
  }
  return pixels;
}

/** The camera's box; `took` hears the pixels of every picture. */
export function createCamera(took) {
  const video = make("video", {muted: true, playsInline: true, "aria-label": "What the camera sees, as in a mirror"});
  const canvas = make("canvas", {width: SIDE, height: SIDE});
  const words = make("p", {className: "warning", role: "alert", hidden: true});
  const button = make("button", {type: "button", className: "outlined", disabled: true}, "Take, or hold for many");
  const again = make("button", {type: "button", className: "small", hidden: true, onclick: () => void start()}, "Try again");
  const element = make("div", {className: "camera"}, video, button, words, again);
  let stream = null;
  let gone = false;
  let timer = null;

  function fail(text) {
    say(words, text);
    reveal(words, true);
    reveal(again, true);
    reveal(video, false);
    reveal(button, false);
  }

  async function start() {
    for (const [part, isShown] of [[words, false], [again, false], [video, true], [button, true]]) reveal(part, isShown);
    if (!navigator.mediaDevices?.getUserMedia) return fail(NOT_SAFE);
    try {
      stream = await navigator.mediaDevices.getUserMedia({audio: false, video: {width: {ideal: 640}, facingMode: "user"}});
      if (gone) return stop();
      for (const track of stream.getVideoTracks()) track.addEventListener("ended", () => gone || fail("The camera was switched off."));
      video.srcObject = stream;
      await video.play();
      button.disabled = false;
    } catch (error) {
      if (!gone) fail(WRONG[error.name] ?? `The camera does not start: ${error.message}.`);
    }
  }

  function stop() {
    clearInterval(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }

  const take = () => { if (video.videoWidth) took(shot(video, canvas)); };
  function release() {
    clearTimeout(timer);
    clearInterval(timer);
  }
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || button.disabled) return;
    button.setPointerCapture(event.pointerId);
    take();
    release();
    timer = setTimeout(() => { timer = setInterval(take, AGAIN); }, HELD);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(name, release);
  button.addEventListener("click", (event) => { if (event.detail === 0) take(); }); // by the keyboard, which repeats where it is held
  void start();

  return {
    element,
    destroy() {
      gone = true;
      release();
      stop();
    },
  };
}
