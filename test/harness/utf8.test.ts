import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Rng } from '../../harness/rng.js';
import { utf8File, utf8Text } from '../../harness/utf8.js';
import { temporary } from '../support.js';

const dir = temporary();

test('text is text, a byte order mark included', () => {
  expect(utf8Text(Buffer.from('\ufeffa é 😀'), 'x')).toBe('\ufeffa é 😀');
  expect(utf8Text(Buffer.alloc(0), 'x')).toBe('');
});
test('the first byte that is not UTF-8 is named by its place, wherever it stands', () => {
  const letters = ['a', 'é', '漢', '😀'];
  for (let i = 0; i < 200; i++) {
    const rng = Rng.fromSeed(i);
    const some = (n: number): Buffer =>
      Buffer.from(Array.from({ length: n }, () => rng.pick(letters)).join(''));
    const before = some(rng.int(300));
    const bytes = Buffer.concat([
      before,
      Buffer.from([rng.pick([0xff, 0x80, 0xc0, 0xf8])]),
      some(rng.int(300)),
    ]);
    expect(() => utf8Text(bytes, 'file', 1000), `seed ${i}`).toThrow(
      `file: byte ${1000 + before.length} (0x`,
    );
  }
});
test('half a letter at the end, and UTF-16', () => {
  expect(() => utf8Text(Buffer.from('é').subarray(0, 1), 'file')).toThrow('file: byte 0 (0xc3) is not UTF-8');
  expect(() => utf8Text(Buffer.from('\ufeffab', 'utf16le'), 'file')).toThrow(
    'file: is UTF-16; write it as UTF-8',
  );
});
test('a file; a folder is none', () => {
  const path = join(dir, 'text');
  writeFileSync(path, 'abc');
  expect(utf8File(path)).toBe('abc');
  expect(() => utf8File(dir)).toThrow(/is a folder, not a file/);
});
