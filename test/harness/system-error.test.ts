import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import { systemError } from '../../harness/system-error.js';
import { temporary } from '../support.js';

const dir = temporary();
const refused = (code: string): Error =>
  Object.assign(new Error(`${code}: said by the system`), { code, path: '/x/y', syscall: 'write' });

describe('what the operating system refuses', () => {
  test.each([
    [
      'ENOSPC',
      3,
      '/x/y: the disk is full (ENOSPC at write); free some space, then go on with tiltyard resume',
    ],
    [
      'EROFS',
      2,
      '/x/y: the file system can only be read (EROFS at write); choose a folder that can be written',
    ],
  ])('%s is said in words, with exit code %d', (code, exitCode, message) => {
    expect(systemError(refused(code))).toMatchObject({ code: 'system', exitCode, message });
  });
  test.each([
    () => new Float32Array(79e9),
    () => {
      throw new Error('Non-zero status code: std::bad_alloc');
    },
  ])('sizes that no process can have: %s', (ask) => {
    let error: unknown;
    try {
      ask();
    } catch (thrown) {
      error = thrown;
    }
    expect(systemError(error)).toMatchObject({
      code: 'out-of-memory',
      exitCode: 2,
      message: expect.stringMatching(
        /^needs more memory than a process can have here \(.*\); take a smaller model/,
      ),
    });
    expect(systemError(new RangeError('Invalid typed array length: -1'))).toBeNull(); // a fault of ours
  });
  test('other errors are not the system’s', () => {
    expect(systemError(new TypeError('x is not a function'))).toBeNull();
    expect(systemError(Object.assign(new Error('mine'), { code: 'ENOSPC' }))).toBeNull(); // no call failed
    expect(systemError(refused('toString'))).toBeNull();
    expect(systemError('text')).toBeNull();
  });
  test('a real one: a file that is a folder, of which nothing temporary stays', () => {
    const folder = join(dir, 'folder');
    mkdirSync(join(folder, 'within'), { recursive: true });
    let error: unknown;
    try {
      writeTextAtomic(folder, 'text');
    } catch (thrown) {
      error = thrown;
    }
    expect(systemError(error)).toMatchObject({ exitCode: 2 });
    expect(readdirSync(dir)).toEqual(['folder']);
    writeFileSync(join(folder, 'whole'), 'before');
    writeTextAtomic(join(folder, 'whole'), 'after');
    expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe('after');
  });
});
