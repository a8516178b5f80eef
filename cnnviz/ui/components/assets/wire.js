// The wire: every message is one safetensors buffer whose metadata holds the message itself as JSON.

const TYPES = {F32: Float32Array, I32: Int32Array, U8: Uint8Array, I8: Int8Array};
const text = new TextDecoder();

/** The numbers at these bytes; copied only where they lie unaligned. */
function view(bytes, Type, begin, end) {
  const start = bytes.byteOffset + begin;
  const length = (end - begin) / Type.BYTES_PER_ELEMENT;
  if (start % Type.BYTES_PER_ELEMENT === 0) return new Type(bytes.buffer, start, length);
  return new Type(bytes.slice(begin, end).buffer, 0, length);
}

/** One message: `{...message, arrays: {name: {values, shape}}}`. */
export function parse(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(0, true);
  const header = JSON.parse(text.decode(bytes.subarray(8, 8 + size)));
  const raw = bytes.subarray(8 + size);
  const arrays = {};
  for (const [name, {dtype, shape, data_offsets: range}] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    arrays[name] = {values: view(raw, TYPES[dtype], ...range), shape};
  }
  return {...JSON.parse(header.__metadata__.message), arrays};
}

/** Wishes (text or bytes) as one body, each with its length in front. */
export function join(wishes) {
  const parts = wishes.map((wish) => (typeof wish === "string" ? new TextEncoder().encode(wish) : wish));
  return new Blob(parts.flatMap((part) => [new Uint32Array([part.length]), part]));
}

/** The inverse of `join`: the messages of an answer. */
export function* split(bytes) {
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.byteLength; ) {
    const length = lengths.getUint32(at, true);
    yield bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}
