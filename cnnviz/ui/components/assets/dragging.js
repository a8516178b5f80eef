// Taking hold of a row of a list and putting it down elsewhere, by mouse, pen or finger.

const EDGE = 90; // px from the window's edges in which the page is moved along
const PACE = 12; // px a frame

/**
 * Dragging in a list whose rows carry `data-id`. `drop(id, place)` hears where a row was put, among the others;
 * `mark` is shown there meanwhile. Returns `grab(event, id)`, for the pointer going down.
 */
export function createDragging(list, mark, drop) {
  let held = null;

  const rows = () => [...list.querySelectorAll(":scope > [data-id]")];

  function follow() {
    const others = rows().filter((row) => row !== held.row);
    const boxes = others.map((row) => row.getBoundingClientRect());
    held.place = boxes.filter(({top, height}) => top + height / 2 < held.y).length;
    const origin = list.getBoundingClientRect();
    const y = held.place < boxes.length ? boxes[held.place].top : boxes.at(-1)?.bottom ?? origin.top;
    mark.style.top = `${y - origin.top}px`;
  }

  function along() {
    if (!held) return;
    const by = held.y < EDGE ? -PACE : held.y > innerHeight - EDGE ? PACE : 0;
    if (by) {
      document.querySelector('[data-testid="stMain"]')?.scrollBy(0, by);
      follow();
    }
    requestAnimationFrame(along);
  }

  function end(isMeant) {
    if (!held) return;
    const {row, place, id, hasMoved, ending} = held;
    held = null;
    ending.abort();
    row.classList.remove("held");
    mark.hidden = true;
    if (isMeant && hasMoved) drop(id, place);
  }

  return function grab(event, id) {
    if (event.button !== 0) return;
    const row = event.currentTarget.closest("[data-id]");
    const ending = new AbortController();
    const {signal} = ending;
    held = {row, id, y: event.clientY, start: event.clientY, place: rows().indexOf(row), hasMoved: false, ending};
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.addEventListener("pointermove", ({clientY}) => {
      held.y = clientY;
      if (!held.hasMoved && Math.abs(clientY - held.start) < 4) return;
      held.hasMoved = true;
      row.classList.add("held");
      mark.hidden = false;
      follow();
    }, {signal});
    event.currentTarget.addEventListener("pointerup", () => end(true), {signal});
    event.currentTarget.addEventListener("pointercancel", () => end(false), {signal});
    addEventListener("keydown", (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.preventDefault();
      pressed.stopPropagation();
      end(false);
    }, {signal, capture: true});
    requestAnimationFrame(along);
  };
}
