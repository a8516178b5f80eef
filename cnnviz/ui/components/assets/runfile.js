// The part "runfile": a run as one file, sent to the server, which checks it and makes it a run here.

import {createFileBox} from "./sendfile.js";

export function createRunFile(root, instance) {
  return createFileBox(root, {
    accept: ".zip",
    use: "A run's file as Download gives it, chosen or dropped here",
    refuse({name, size}) {
      if (!name.toLowerCase().endsWith(".zip")) return `${name} is no zip file; choose a run's file as Download gives it.`;
      const {largest} = instance.mount;
      return size > largest ? `${name} has over ${Math.round(largest / 2 ** 30)} GB, which is more than is taken here.` : null;
    },
    address: (channel, {name}) => channel.route(`bring/${channel.run}`, {token: channel.token, name}),
    busy: ({name}, share) => share < 1 ? `Sending ${name}: ${Math.floor(100 * share)} %` : `Checking ${name}`,
    taken({run}) {
      instance.trigger("brought", run);
    },
  });
}
