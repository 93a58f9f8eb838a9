import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeSafetensors, readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tiltyard-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
const written = (bytes: Buffer): string => {
  const path = join(dir, 'model.safetensors');
  writeFileSync(path, bytes);
  return path;
};
const file = (header: object, data: Uint8Array): Buffer => {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
};

describe('safetensors', () => {
  const arrays = new Map([
    ['b', { shape: [2, 2], data: Float32Array.of(1, -2.5, 3e-8, 4e9) }],
    ['a.weight', { shape: [3], data: Float32Array.of(0, -0, 7) }],
  ]);
  test('round trip', () => expect(readSafetensors(written(encodeSafetensors(arrays)))).toEqual(arrays));
  test('equal weights are equal bytes, whatever their order', () => {
    expect(encodeSafetensors(new Map([...arrays].reverse()))).toEqual(encodeSafetensors(arrays));
  });
  test('the layout: length, header with format pt, aligned data', () => {
    const bytes = encodeSafetensors(arrays);
    const n = Number(bytes.readBigUInt64LE(0));
    expect(n % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + n))).toEqual({
      __metadata__: { format: 'pt' },
      'a.weight': { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
      b: { dtype: 'F32', shape: [2, 2], data_offsets: [12, 28] },
    });
  });
  test('BF16 and F16 are widened exactly', () => {
    // 1.5 in bfloat16 is 0x3FC0; in half 0x3E00. -2^-24 is the least subnormal half, 0x7C00 is infinity.
    const data = new Uint8Array(Uint16Array.of(0x3fc0, 0x3e00, 0x8001, 0x7c00).buffer);
    const read = readSafetensors(
      written(
        file(
          {
            x: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] },
            y: { dtype: 'F16', shape: [3], data_offsets: [2, 8] },
          },
          data,
        ),
      ),
    );
    expect([...read.get('x')!.data]).toEqual([1.5]);
    expect([...read.get('y')!.data]).toEqual([1.5, -(2 ** -24), Number.POSITIVE_INFINITY]);
  });
  test.each([
    [
      'cut in the data',
      (b: Buffer) => b.subarray(0, b.length - 4),
      /'b' runs past the end of the file; the download or copy may be incomplete/,
    ],
    ['cut in the header', (b: Buffer) => b.subarray(0, 20), /header runs past the end/],
    ['cut in the length', (b: Buffer) => b.subarray(0, 5), /not a safetensors file \(5 bytes\)/],
    ['no header', () => file('nonsense' as never, new Uint8Array()).fill('{', 8, 9), /header is not JSON/],
    [
      'another type',
      () => file({ x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8)),
      /'x' has type I64; F32, F16, BF16 and F64 are read/,
    ],
  ])('refuses a file that is %s', (_, damage, message) => {
    expect(() => readSafetensors(written(damage(encodeSafetensors(arrays))))).toThrow(message);
  });
  test('F64 is narrowed, and half numbers keep sign, infinity and NaN', () => {
    const data = Buffer.concat([
      Buffer.from(new Float64Array([0.1, -1e300]).buffer),
      Buffer.from(new Uint16Array([0x8000, 0x03ff, 0xfc00, 0x7e00, 0x7bff, 0xff80, 0x0001]).buffer),
    ]);
    const read = readSafetensors(
      written(
        file(
          {
            x: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
            y: { dtype: 'F16', shape: [5], data_offsets: [16, 26] },
            z: { dtype: 'BF16', shape: [2], data_offsets: [26, 30] },
          },
          data,
        ),
      ),
    );
    expect([...read.get('x')!.data]).toEqual([Math.fround(0.1), -Infinity]);
    expect([...read.get('y')!.data]).toEqual([-0, 1023 * 2 ** -24, -Infinity, Number.NaN, 65504]);
    // By its bits: an engine that other tests loaded may make this thread read subnormal numbers as 0.
    const { buffer, byteOffset } = read.get('z')!.data;
    expect([...new Uint32Array(buffer, byteOffset, 2)]).toEqual([0xff800000, 0x00010000]);
  });
  const entry = (offsets: unknown, shape: unknown = [1], dtype: unknown = 'F32') => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  // As the format's own library refuses them.
  test.each<[string, unknown, number, RegExp]>([
    ['bytes behind the last array', { x: entry([0, 4]) }, 8, /4 bytes behind the last array/],
    ['bytes between', { x: entry([0, 4]), y: entry([8, 12]) }, 12, /'y' leaves 4 bytes before it/],
    ['an overlap', { x: entry([0, 4]), y: entry([2, 6]) }, 6, /'y' overlaps the one before it/],
    ['bytes that are not the shape', { x: entry([0, 4], [2]) }, 4, /F32 \[2\] is 8 bytes, its offsets say 4/],
    ['a product beyond all numbers', { x: entry([0, 4], [1e9, 1e9, 1e9]) }, 4, /its offsets say 4/],
    ['a size below 0', { x: entry([0, 4], [-1, -1]) }, 4, /shape should be a list of sizes, got \[-1,-1\]/],
    ['no shape', { x: entry([0, 4], 3) }, 4, /shape should be a list of sizes, got 3/],
    ['a type of nobody', { x: entry([0, 4], [1], 'F33') }, 4, /dtype "F33" is none of safetensors/],
    ['offsets the wrong way', { x: entry([4, 0]) }, 4, /data_offsets should be where it begins and ends/],
    ['one offset', { x: entry([0]) }, 4, /data_offsets should be where it begins and ends, got \[0\]/],
    ['an array that is null', { x: null }, 0, /'x': dtype undefined/],
    ['a list', [], 0, /header is not a JSON object/],
    ['a number in the metadata', { __metadata__: { format: 1 } }, 0, /__metadata__ .* object of texts/],
    [
      'quantised numbers',
      { x: entry([0, 1], [1], 'F8_E4M3') },
      1,
      /type F8_E4M3; .*quantised weights are not/,
    ],
  ])('refuses a file with %s', (_, header, bytes, message) => {
    expect(() => readSafetensors(written(file(header as object, new Uint8Array(bytes))))).toThrow(message);
  });
  test('refuses a name that stands twice, and a header beyond 100 MB', () => {
    const twice = Buffer.from('        {"x": {}, "x": {}}');
    twice.writeBigUInt64LE(BigInt(twice.length - 8));
    expect(() => readSafetensors(written(twice))).toThrow(/names 'x' twice/);
    const path = written(Buffer.concat([Buffer.from(new BigUint64Array([100_000_001n]).buffer)]));
    truncateSync(path, 100_000_100);
    expect(() => readSafetensors(path)).toThrow(/header of 100000001 bytes; at most 100000000 are read/);
  });
  test('refuses a missing file', () =>
    expect(() => readSafetensors(join(dir, 'none'))).toThrow(/none: cannot be read/));
});
