import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  test('refuses a missing file', () =>
    expect(() => readSafetensors(join(dir, 'none'))).toThrow(/none: cannot be read/));
});
