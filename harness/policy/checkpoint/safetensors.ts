import { closeSync, openSync, readSync } from 'node:fs';
import type { HostTensor } from '../../engine/tensor.js';
import { type Entry, readHeader, refusing } from './header.js';

/**
 * The safetensors format (github.com/huggingface/safetensors): 8 bytes little-endian header length, JSON
 * header, raw data. Reads F64, F32, F16 and BF16 into float32; writes F32, names sorted and the header padded
 * to 8 bytes, so equal weights are equal bytes.
 */
export function encodeSafetensors(arrays: ReadonlyMap<string, HostTensor>): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const names = [...arrays.keys()].sort();
  let offset = 0;
  for (const name of names) {
    const { shape, data } = arrays.get(name)!;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.length * 4] };
    offset += data.length * 4;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const body = names.map((name) => {
    const { data } = arrays.get(name)!;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  });
  return Buffer.concat([length, padded, ...body]);
}

/** Every array of a file. @throws TiltyardError naming the file and what is wrong with it */
export function readSafetensors(path: string): Map<string, HostTensor> {
  const entries = readHeader(path);
  return new Map([...entries].map(([name, entry]) => [name, readArray(path, name, entry)]));
}

/**
 * One array, widened or narrowed to float32.
 * @throws TiltyardError for numbers of another type
 */
export function readArray(path: string, name: string, entry: Entry): HostTensor {
  const { dtype, shape, bytes } = entry;
  const widen = Object.hasOwn(WIDEN, dtype) ? WIDEN[dtype] : undefined;
  if (widen === undefined) {
    const why = /^(F[48]|F6|I|U)/.test(dtype) ? ' (quantised weights are not; give the model as it was)' : '';
    throw refusing(path)(`array '${name}' has type ${dtype}; F32, F16, BF16 and F64 are read${why}`);
  }
  const raw = new Uint8Array(bytes);
  const file = openSync(path, 'r');
  try {
    let at = 0;
    while (at < bytes) {
      const read = readSync(file, raw, at, Math.min(bytes - at, 1 << 30), entry.offset + at);
      if (read === 0) throw refusing(path)(`array '${name}' runs past the end of the file`);
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return { shape, data: widen(raw.buffer) };
}

const WIDEN: Readonly<Record<string, (bytes: ArrayBuffer) => Float32Array>> = {
  F32: (bytes) => new Float32Array(bytes),
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  BF16(bytes) {
    const halves = new Uint16Array(bytes);
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  },
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), fromHalf),
};

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
