// The part "inside": the map of the network, its weights, or one unit of it opened.

import {flush, goIn, goOut, isEcho} from "./address.js";
import {icon, make, mark, reveal, say} from "./elements.js";
import {createInsideFilters} from "./insidefilters.js";
import {createNetworkMap} from "./insidemap.js";
import {createInsideRows} from "./insiderows.js";
import {INSIDE} from "./insidelook.js";
import {paintLegend} from "./legend.js";
import {downloadMenu} from "./menu.js";
import {createNote} from "./note.js";
import {drawnNodes, fullScale, nodesOf, sayNumber, sayScale, valueIn} from "./nodes.js";
import {createSegments} from "./segments.js";
import {createUnit} from "./unit.js";
import {unitTable} from "./unitcsv.js";
import {wear} from "./wear.js";

const PHONE = 700;
const LEGEND = 216;
const BACK = "M9 4.5 3.5 10 9 15.5M3.5 10h13";
const UP = "M5 12.5l5-5 5 5";
const DOWN = "M5 7.5l5 5 5-5";
const PATIENCE = 300; // ms until "computing" is said
const IDLE = new Set(["status", "curves", "connection", "attribution"]);
const PICTURES = [[null, "Maps"], ["filters", "Filters"]];
const SCALES = [["unit", "Unit"], [null, "Layer"], ["network", "Network"]];

/** How much larger everything is drawn for a projector, by the width of the content. */
const projector = (width) => (width >= 1600 ? 1.5 : width >= 1400 ? 1.25 : 1);

/** The part of the page "Look inside". */
export function createInside(root, instance) {
  wear(root, INSIDE);
  const note = createNote(instance);
  const backTo = make("span", {});
  const back = make("button", {type: "button", className: "text back", onclick: () => close()}, icon(BACK), backTo);
  const title = make("h2", {});
  const before = make("button", {type: "button", className: "quiet", title: "Unit before", "aria-label": "Unit before", onclick: () => turn(-1)}, icon(UP));
  const after = make("button", {type: "button", className: "quiet", title: "Next unit", "aria-label": "Next unit", onclick: () => turn(1)}, icon(DOWN));
  const pending = make("span", {className: "caption", role: "status"});
  const pictures = createSegments("Picture", PICTURES, (aspect) => now.channel.set({aspect}));
  const scales = createSegments("Scale", SCALES, (measure) => now.channel.set({measure}));
  const legend = make("canvas", {role: "img"});
  const legendName = make("span", {className: "caption"});
  const menu = downloadMenu("the unit", {
    png: () => unit.save(), numbers: () => unit.numbers(), table: () => unitTable(now.channel.openedUnit ?? shown),
  });
  const filterMenu = downloadMenu("the filters", {png: () => filters.save(), numbers: () => filters.numbers()});
  const bar = make("div", {className: "insidebar"}, back, make("span", {className: "which"}, title, before, after), pictures.element, scales.element, pending,
    make("span", {className: "legend"}, legend, legendName, menu, filterMenu));
  const mapSection = make("section", {className: "netmap", "aria-label": "Network map"});
  const rowSection = make("section", {className: "netrows", "aria-label": "Network map"});
  const filterSection = make("section", {className: "netfilters", "aria-label": "Filters"});
  const unitSection = make("section", {className: "unit", "aria-label": "Opened unit"});
  root.append(note.element, bar, mapSection, rowSection, filterSection, unitSection);
  const map = createNetworkMap(mapSection, {onOpen: open, onPoint: pointLegend});
  const rows = createInsideRows(rowSection, {onOpen: open, onPoint: pointLegend});
  const filters = createInsideFilters(filterSection, {
    onOpen: open,
    onPoint: ({full, tick, layer, unit: number}) => shown || drawLegend(full, tick, scaleName(layer, number, "all layers")),
  });
  const unit = createUnit(unitSection, {
    onOpen: open,
    onPoint: ({full, tick}) => drawLegend(full, tick, scaleName(now.channel.layer, now.channel.unit)),
  });
  let now = null;
  let shown = null; // the opened unit that is drawn; kept until the next one's numbers are there
  let refused = ""; // what was wrong with the unit that was asked for last
  let holdsFocus = false;
  let waiting = null;
  let told = null; // the cell that Python's address named last

  const isOpen = () => now.channel.layer !== null && now.channel.unit !== null;

  /** Open a unit, by the index of one of its values, perhaps with one of the sources that feed it chosen. */
  function open(layer, index, source = null) {
    const {channel} = now;
    const node = nodesOf(channel.picture).get(layer);
    if (!node || node.isImage) return; // the image is no unit
    refused = "";
    holdsFocus = holds();
    if (!isOpen()) goIn();
    channel.cell = {layer, index};
    unit.choose(layer, index[0], source);
    channel.open(layer, index[0]);
    flush(); // at once: Back may come soon
  }
  function close() {
    if (!goOut()) now.channel.open(now.channel.layer, null);
  }
  /** The unit before or after this one. */
  function turn(by) {
    const {layer, unit: number, picture, cell} = now.channel;
    const node = picture && nodesOf(picture).get(layer);
    const next = number + by;
    if (!node || next < 0 || next >= node.shape[0]) return;
    const place = node.shape.slice(1).map((length, axis) => (cell?.layer === layer ? cell.index[axis + 1] : length >> 1));
    open(layer, [next, ...place]);
  }
  function holds() {
    const {activeElement} = root.getRootNode();
    return Boolean(activeElement) && root.contains(activeElement);
  }
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !now || !isOpen()) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  // Nothing holds the keyboard after a link was opened; whoever else wants this key is asked first.
  const escape = (event) => {
    if (event.key !== "Escape" || event.composedPath()[0] !== document.body) return;
    setTimeout(() => event.defaultPrevented || (now && isOpen() && close()));
  };
  addEventListener("keydown", escape);

  function drawLegend(full, tick, name) {
    paintLegend(legend, now.theme, {scale: now.scale, width: (now.phone ? 160 : LEGEND) * now.scale, full, mark: tick && {...tick, scale: full}});
    mark(legend, "aria-label", `Colours from ${-full} to ${full}`);
    say(legendName, name);
  }
  const mode = () => now.channel.measure ?? "layer";
  const scaleName = (...of) => sayScale(mode(), ...of);
  /** The legend of what is pointed at on the map: its unit's, its layer's, or all layers'. */
  function pointLegend(at) {
    if (!now || shown || now.channel.aspect) return;
    const nodes = nodesOf(now.channel.picture);
    const node = at?.node ?? nodes.get(now.channel.layer) ?? drawnNodes(now.channel.picture)[0];
    if (!node) return;
    const [number] = at?.index ?? [0];
    const tick = at && {value: valueIn(node, at.index), text: sayNumber(node, valueIn(node, at.index))};
    drawLegend(fullScale(nodes, node, number, mode()), tick, scaleName(node.name, number));
  }

  /** Take over the cell that an address names. */
  function readCell(mount) {
    if (mount.cell === told) return;
    told = mount.cell;
    const match = /^(\d+)\.(\d+)$/.exec(mount.cell ?? "");
    const {channel} = now;
    if (!match || !isOpen() || isEcho("cell", mount.cell)) return;
    channel.cell = {layer: channel.layer, index: [channel.unit, Number(match[1]), Number(match[2])]};
  }

  /** A unit that is not there: say so, and show the map. */
  function refuse() {
    const {channel} = now;
    if (!channel.problem || !channel.picture || !isOpen() || channel.openedUnit) return;
    refused = channel.problem;
    channel.open(channel.layer, null);
  }

  function draw(kinds) {
    const {channel, theme, width} = now;
    const phone = width < PHONE;
    const scale = projector(width);
    Object.assign(now, {phone, scale});
    root.classList.toggle("phone", phone);
    root.style.setProperty("--k", scale);
    if (channel.scale !== scale) channel.set({scale}); // the time line is drawn alike
    const opened = isOpen() && channel.picture ? channel.openedUnit ?? shown : null;
    note.draw(refused);
    drawBar(opened);
    const wasOpen = shown !== null;
    if (wasOpen && !opened) {
      holdsFocus = holds();
      unit.stop();
    }
    shown = opened;
    const view = opened ? "unit" : channel.aspect ?? (phone ? "rows" : "map");
    const sections = {unit: unitSection, filters: filterSection, rows: rowSection, map: mapSection};
    for (const [name, section] of Object.entries(sections)) reveal(section, name === view && Boolean(channel.picture));
    mark(root, "data-view", view);
    if (!channel.picture) return;
    const state = {...now, phone, scale, mode: mode(), width, kinds};
    const drawn = {unit, filters, rows, map}[view];
    drawn.draw({...state, opened});
    if (wasOpen !== Boolean(opened) && holdsFocus) {
      holdsFocus = false;
      drawn.focus();
    }
  }

  function drawBar(opened) {
    const {channel} = now;
    reveal(back, isOpen());
    reveal(title.parentElement, isOpen());
    reveal(pictures.element, !isOpen());
    pictures.draw(channel.aspect);
    scales.draw(channel.measure);
    say(backTo, channel.aspect ? "Filters" : "Network map");
    menu.style.visibility = opened ? "" : "hidden";
    reveal(menu, isOpen() || !channel.aspect);
    reveal(filterMenu, !isOpen() && Boolean(channel.aspect));
    clearTimeout(waiting);
    const late = isOpen() && !channel.openedUnit;
    if (!late) say(pending, channel.picture || channel.problem ? "" : channel.status?.state === "waiting" ? "Nothing to show before the run begins" : "computing");
    else waiting = setTimeout(() => say(pending, "computing"), PATIENCE);
    if (!isOpen()) return;
    say(title, `${channel.layer}, unit ${channel.unit}`);
    const count = (channel.picture && nodesOf(channel.picture).get(channel.layer)?.shape[0]) ?? 0;
    before.disabled = channel.unit <= 0;
    after.disabled = channel.unit >= count - 1;
  }

  return {
    draw(state) {
      const same = now?.channel === state.channel && now.width === state.width && now.theme === state.theme;
      now = {...now, ...state};
      if (state.kinds.has("mount")) readCell(state.mount);
      if (state.kinds.has("problem")) refuse();
      if (same && state.kinds.size && [...state.kinds].every((kind) => IDLE.has(kind))) return;
      draw(state.kinds);
    },
    destroy() {
      clearTimeout(waiting);
      removeEventListener("keydown", escape);
      unit.stop();
    },
  };
}
