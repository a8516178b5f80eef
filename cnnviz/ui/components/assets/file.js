// The part "file": a picture from a file, sent to the server, which fits it to the network and says how.

import {createFileBox} from "./sendfile.js";

const LARGEST = 20 * 1024 * 1024; // as the server's; a larger file need not travel

export function createFile(root, instance) {
  return createFileBox(root, {
    accept: ".png,.jpg,.jpeg,.gif,.bmp,.webp,.tif,.tiff",
    use: "A PNG, JPEG, GIF, BMP, WebP or TIFF file, chosen or dropped here",
    refuse: ({name, size}) => size > LARGEST ? `${name} has over 20 MB; shrink the picture, or save it as JPEG.` : null,
    address: (channel) => channel.route(`upload/${channel.run}`, {token: channel.token}),
    busy: ({name}) => `Reading ${name}`,
    taken({image}, channel) {
      channel.look(image);
      instance.trigger("image", image); // Python says by which rule it was fitted
    },
  });
}
