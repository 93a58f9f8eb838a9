import { describe, expect, test } from 'vitest';
import { crc32c, record } from '../../../reports/export/record.js';

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('TFRecord framing', () => {
  // Check values of RFC 3720, appendix B.4, and the customary one of nine digits.
  test.each([
    ['123456789', text('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['nothing', new Uint8Array(0), 0],
  ])('CRC-32C of %s', (_, bytes, want) => expect(crc32c(bytes)).toBe(want));
  test('length, checksum, data, checksum', () => {
    const got = record(text('abc'));
    expect(got.length).toBe(19);
    expect([...got.subarray(0, 8)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(got.subarray(12, 15))).toBe('abc');
    const crc = crc32c(text('abc'));
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    expect(new DataView(got.buffer).getUint32(15, true)).toBe(masked);
  });
});
