import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { takeFrom } from '../../../harness/setup/archive.js';
import { temporary } from '../../support.js';
import { zipOf } from './fake-library.js';

const isLibrary = (path: string): boolean => path.endsWith('.so');

test('takes what is wanted out of a ZIP file, whole', async () => {
  const dir = temporary();
  const library = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i) % 251));
  const zip = zipOf({ 'a/one.so': library, 'a/two.txt': Buffer.from('x'), 'empty.so': Buffer.alloc(0) });
  writeFileSync(join(dir, 'it.nupkg'), zip);
  const taken = await takeFrom(join(dir, 'it.nupkg'), isLibrary, dir);
  expect(taken.map((path) => basename(path))).toEqual(['one.so', 'empty.so']);
  expect(readFileSync(taken[0]!).equals(library)).toBe(true);
  expect(readFileSync(taken[1]!)).toHaveLength(0);
});
test('takes what is wanted out of a .tgz', async () => {
  const dir = temporary();
  mkdirSync(join(dir, 'package', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'package', 'deep', 'one.so'), 'library');
  writeFileSync(join(dir, 'package', 'two.txt'), 'text');
  execFileSync('tar', ['-czf', join(dir, 'it.tgz'), '-C', dir, 'package']);
  const taken = await takeFrom(join(dir, 'it.tgz'), isLibrary, dir);
  expect(taken).toEqual([join(dir, 'one.so')]);
  expect(readFileSync(taken[0]!, 'utf8')).toBe('library');
});
test.each<[string, (whole: Buffer) => Buffer, RegExp]>([
  ['cut off', (whole) => whole.subarray(0, -30), /it has no end: the download may have been cut off/],
  ['with damaged bytes', (whole) => Buffer.from(whole).fill(255, 34, 60), /a\.so: .+; fetch it again/],
  ['neither ZIP nor .tgz', () => Buffer.from('<html>not found</html>'), /neither a ZIP file .* nor a \.tgz/],
  ['a .tgz in name', () => Buffer.from([0x1f, 0x8b, 0, 0, 0]), /fetch it again, or name a folder/],
])('an archive that is %s is refused', async (_, change, message) => {
  const dir = temporary();
  const zip = zipOf({ 'a.so': Buffer.from('some text of a library, '.repeat(100)) });
  writeFileSync(join(dir, 'it.zip'), change(zip));
  await expect(takeFrom(join(dir, 'it.zip'), isLibrary, dir)).rejects.toThrow(message);
});
