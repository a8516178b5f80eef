// The pictures seen lately, so that going back over them needs no server.

const MOST_BYTES = 96 * 1024 * 1024;

/** Pictures of saved steps by image and step; the ones used longest ago leave first. */
export class Pictures {
  #kept = new Map();
  #bytes = 0;

  get(image, step) {
    const key = `${image} ${step}`;
    const entry = this.#kept.get(key);
    if (!entry) return null;
    this.#kept.delete(key);
    this.#kept.set(key, entry);
    return entry.picture;
  }

  put(picture) {
    const key = `${picture.image} ${picture.step}`;
    const bytes = Object.values(picture.arrays).reduce((sum, {values}) => sum + values.byteLength, 0);
    this.#drop(key);
    this.#kept.set(key, {picture, bytes});
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MOST_BYTES || this.#kept.size <= 2) break;
      this.#drop(oldest);
    }
  }

  clear() {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #drop(key) {
    const entry = this.#kept.get(key);
    if (!entry) return;
    this.#bytes -= entry.bytes;
    this.#kept.delete(key);
  }
}
