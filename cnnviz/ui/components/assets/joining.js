// How a part of the page belongs to the runs that it compares: it joins them, and leaves when they are others.

import {jointOf} from "./joint.js";

/** Joins the runs of each mount; the instance draws again when one of them has news. */
export function createJoining(instance) {
  const part = {part: instance.part, hear: (kind) => instance.schedule(kind)};
  let mount = null;
  let stop = null;
  const joining = {
    joint: null,
    take(state) {
      if (state.mount === mount) return joining.joint;
      mount = state.mount;
      const next = jointOf(mount);
      const isOther = next !== joining.joint;
      if (isOther) stop?.(); // first, for runs that are in both: what is joined last stays
      joining.joint = next;
      next.adopt(mount);
      if (isOther) stop = next.join(part);
      return next;
    },
    leave: () => stop?.(),
  };
  return joining;
}
