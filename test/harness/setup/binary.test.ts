import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { neededBy, textsIn } from '../../../harness/setup/binary.js';
import { temporary } from '../../support.js';
import { fakeLibrary } from './fake-library.js';

const dir = temporary();
function file(bytes: Buffer): string {
  writeFileSync(join(dir, 'it'), bytes);
  return join(dir, 'it');
}

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'Node itself asks the loader for the C library',
  () => expect(neededBy(process.execPath)).toEqual(expect.arrayContaining(['libc.so.6', 'libm.so.6'])),
);
test('the libraries that a library needs, in its order', () => {
  const needed = ['libcublas.so.13', 'libcudart.so.13', 'libc.so.6'];
  expect(neededBy(file(fakeLibrary(needed, [])))).toEqual(needed);
});
test.each([
  ['nothing', ''],
  ['text', 'x'.repeat(100)],
])('%s is no library', (_, text) => {
  expect(neededBy(file(Buffer.from(text)))).toBeNull();
});
test('texts are found once each, those across the border of two chunks too', () => {
  const bytes = Buffer.alloc(2 ** 23 + 500);
  for (const at of [10, 2 ** 23 - 70, 2 ** 23 - 4, 2 ** 23 + 400]) bytes.write('\0v1.30.0\0', at, 'latin1');
  bytes.write('\0v1.29.0\0', 2 ** 23 - 40, 'latin1');
  expect(textsIn(file(bytes), /\0v([\d.]+)\0/g)).toEqual(['1.30.0', '1.29.0']);
});
