// The part "timeline": play, the step, the track with its thumb, and Live.

import {icon, make, mark, reveal, say} from "./elements.js";
import {percent, whole, withUnit} from "./format.js";
import {createMarks} from "./marks.js";
import {isStill, Player} from "./play.js";
import {nearest} from "./series.js";
import {paintTrack, stretch, THUMB_TOP, TRACK_HEIGHT} from "./track.js";

const PLAY = "M7 4.5v11l9-5.5z";
const PAUSE = "M7 5v10M13 5v10";
const NEXT = "M5.5 4.5v11l7.5-5.5zM15.5 5v10";
const SPEEDS = [1, 2, 4];
const NARROW = 640;
const PAD = 8;
const PAGE = 10;

/** The bar at the bottom. */
export function createTimeline(root) {
  const play = make("button", {type: "button", className: "play"}, icon(PLAY));
  const step = make("b", {});
  const planned = make("span", {className: "caption"});
  const canvas = make("canvas", {"aria-hidden": "true"});
  const thumb = make("div", {className: "thumb", role: "slider", tabIndex: 0, "aria-label": "Step", "aria-valuemin": 0});
  const marks = createMarks((step) => { letGo(); go(nearest(saved(), step)); });
  const track = make("div", {className: "track"}, canvas, thumb, marks.element);
  const dot = make("i", {"aria-hidden": "true"});
  const liveText = make("span", {});
  const live = make("button", {type: "button", className: "live"}, dot, liveText);
  const speed = make("button", {type: "button", className: "speed"});
  const end = make("button", {type: "button", className: "text"}, "Last step");
  const followBox = make("input", {type: "checkbox", role: "switch"});
  const follow = make("label", {className: "follow"}, followBox, make("span", {}, "Follow"));
  const bar = make("div", {className: "timeline", role: "region", "aria-label": "Time line"}, play,
    make("p", {className: "where"}, step, planned), track, make("div", {className: "right"}, follow, end, speed, live));
  root.append(bar);
  let now = null;
  let player = null;
  let dragging = false;

  const saved = () => now.channel.curves.snapshots.values;
  const go = (index) => {
    const all = saved();
    if (!all.length) return;
    const wish = all[Math.max(0, Math.min(all.length - 1, index))];
    if (wish !== now.channel.wish) now.channel.show(wish);
  };
  const letGo = () => player?.stop();

  play.addEventListener("click", () => player?.toggle());
  live.addEventListener("click", () => { letGo(); now?.channel.show("live"); });
  end.addEventListener("click", () => { letGo(); now?.channel.show("live"); });
  speed.addEventListener("click", () => {
    player.speed = SPEEDS[(SPEEDS.indexOf(player.speed) + 1) % SPEEDS.length];
    drawButtons();
  });
  followBox.addEventListener("change", () => { letGo(); now?.channel.setFollow(followBox.checked); });

  const drag = (event) => {
    const {left} = track.getBoundingClientRect();
    go(nearest(saved(), stretch(now.channel, now.trackWidth, PAD).step((event.clientX - left) / now.scale)));
  };
  track.addEventListener("pointerdown", (event) => {
    if (!now || event.button !== 0) return;
    event.preventDefault(); // the focus goes to the thumb, and no text is selected
    letGo();
    dragging = true;
    track.setPointerCapture(event.pointerId);
    thumb.focus({preventScroll: true});
    drag(event);
  });
  track.addEventListener("pointermove", (event) => { if (dragging) drag(event); });
  const drop = () => {
    if (!dragging) return;
    dragging = false;
    drawButtons();
    drawTrack();
  };
  for (const name of ["pointerup", "pointercancel"]) track.addEventListener(name, drop);

  thumb.addEventListener("keydown", (event) => {
    if (!now) return;
    const by = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: PAGE, PageDown: -PAGE}[event.key];
    if (event.key === "Home") go(0);
    else if (event.key === "End") go(Infinity);
    else if (by) go(nearest(saved(), now.channel.step) + by);
    else return;
    letGo();
    event.preventDefault();
  });

  // Space plays from anywhere on the page where it means nothing else.
  const space = (event) => {
    const [target] = event.composedPath();
    if (event.key !== " " || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target !== document.body && target !== thumb) return;
    event.preventDefault();
    player?.toggle();
  };
  addEventListener("keydown", space);

  function drawButtons() {
    const {channel, mount} = now;
    const playing = player.playing;
    const [name, path] = playing ? ["Pause playing", PAUSE] : isStill() ? ["Next step", NEXT] : ["Play", PLAY];
    mark(play, "aria-label", name);
    mark(play.querySelector("path"), "d", path);
    play.disabled = saved().length === 0 || (isStill() && channel.step >= saved().at(-1));
    reveal(live, !channel.over || channel.lost);
    const following = channel.live && !channel.over;
    say(liveText, channel.lost ? "Reconnecting" : following ? "Live" : "Go live");
    mark(live, "aria-pressed", following);
    live.classList.toggle("on", following && !channel.lost);
    reveal(dot, following || channel.lost);
    reveal(speed, channel.over && !isStill());
    say(speed, `${player.speed}x`);
    mark(speed, "aria-label", `Speed of play ${player.speed}x`);
    // Not during a drag: the track would get wider or narrower under the pointer.
    if (!dragging) reveal(end, channel.over && channel.step < (channel.curves.snapshots.last ?? 0));
    reveal(follow, !mount.owner && !channel.over);
    followBox.checked = channel.follow;
  }

  function drawTrack() {
    const {channel, theme, small, scale} = now;
    const width = track.clientWidth / scale;
    now.trackWidth = width;
    const height = small ? 24 : TRACK_HEIGHT;
    paintTrack(canvas, {channel, theme, scale, width, height, pad: PAD, small});
    const {x, last} = stretch(channel, width, PAD);
    const top = small ? height / 2 : THUMB_TOP;
    thumb.style.transform = `translate(${x(channel.step) * scale - 8}px, ${top * scale - 8}px)`;
    const places = (step) => x(step) * scale;
    marks.draw(channel.curves.marks, {x: places, first: 0, last, top: (top - 4) * scale, width: track.clientWidth});
    mark(thumb, "aria-valuemax", last);
    mark(thumb, "aria-valuenow", channel.step);
    const accuracy = channel.curves.validatedAt(channel.step)?.accuracy;
    mark(thumb, "aria-valuetext", `Step ${whole(channel.step)} of ${whole(last)}` +
      (accuracy === undefined ? "" : `, validation accuracy ${withUnit(percent(accuracy), "%")}`));
  }

  return {
    draw(state) {
      const small = state.width < NARROW;
      const scale = small ? 1 : state.channel.scale;
      now = {...state, small, scale, trackWidth: now?.trackWidth ?? 0};
      if (player?.channel !== state.channel) {
        player?.stop();
        player = new Player(state.channel, () => drawButtons());
      }
      bar.classList.toggle("small", small);
      root.style.setProperty("--k", scale);
      const {channel} = state;
      say(step, `Step ${whole(channel.step)}`);
      const all = channel.status?.planned_steps;
      say(planned, all ? `of ${whole(all)}${small ? "" : " planned"}` : "");
      drawButtons();
      drawTrack();
    },
    destroy() {
      player?.stop();
      removeEventListener("keydown", space);
    },
  };
}
