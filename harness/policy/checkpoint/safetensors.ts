import { readFileSync } from 'node:fs';
import { TiltyardError } from '../../errors.js';
import type { HostTensor } from '../../engine/tensor.js';

/**
 * The safetensors format (github.com/huggingface/safetensors): 8 bytes little-endian header length, JSON
 * header, raw data. Reads F32, F16 and BF16 into float32; writes F32, names sorted and the header padded to 8
 * bytes, so equal weights are equal bytes.
 */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

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

/** @throws TiltyardError naming the file and what is wrong with it */
export function readSafetensors(path: string): Map<string, HostTensor> {
  const refuse = (what: string, cause?: unknown): TiltyardError =>
    new TiltyardError('bad-safetensors', `${path}: ${what}`, { cause });
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw refuse('cannot be read; give a folder with model.safetensors', error);
  }
  if (file.length < 8)
    throw refuse(`not a safetensors file (${file.length} bytes); the download or copy may be incomplete`);
  const headerLength = Number(file.readBigUInt64LE(0));
  if (headerLength > file.length - 8)
    throw refuse('header runs past the end of the file; the download or copy may be incomplete');
  let header: Record<string, Entry>;
  try {
    header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<string, Entry>;
  } catch (error) {
    throw refuse('header is not JSON; this is not a safetensors file', error);
  }
  const out = new Map<string, HostTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [from, to] = entry.data_offsets;
    if (8 + headerLength + to > file.length)
      throw refuse(`array '${name}' runs past the end of the file; the download or copy may be incomplete`);
    out.set(name, {
      shape: entry.shape,
      data: toFloat32(file.subarray(8 + headerLength + from, 8 + headerLength + to), entry.dtype, () =>
        refuse(`array '${name}' has type ${entry.dtype}; F32, F16 and BF16 are read`),
      ),
    });
  }
  return out;
}

function toFloat32(bytes: Buffer, dtype: string, unknown: () => Error): Float32Array {
  if (dtype === 'F32')
    return new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    );
  if (dtype !== 'F16' && dtype !== 'BF16') throw unknown();
  const n = bytes.length / 2;
  const out = new Float32Array(n);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < n; i++) {
    const half = bytes.readUInt16LE(i * 2);
    if (dtype === 'BF16') bits[i] = half << 16;
    else out[i] = fromHalf(half);
  }
  return out;
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
