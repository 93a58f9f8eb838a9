import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../harness/config/load.js';
import { otherThanFile, requirePlainFile } from '../../harness/plain-file.js';
import { hashFile } from '../../harness/hash.js';
import { readHeader } from '../../harness/policy/checkpoint/header.js';
import { jsonFile } from '../../harness/policy/tokenizers/json-file.js';
import { temporary } from '../support.js';

const dir = temporary();
const at = (name: string): string => join(dir, name);
mkdirSync(at('folder'));
mkdirSync(at('config.json'));
execFileSync('mkfifo', [at('pipe')]);
writeFileSync(at('file'), '');

test('a file and nothing are let pass; a folder, a pipe and a device are named', () => {
  expect([at('file'), at('nothing')].map(otherThanFile)).toEqual([null, null]);
  expect([at('folder'), at('pipe'), '/dev/zero'].map(otherThanFile)).toEqual([
    'a folder',
    'a pipe',
    'a device',
  ]);
  expect(() => requirePlainFile(at('pipe'))).toThrow(`${at('pipe')} is a pipe, not a file; give a file`);
});
test.each([
  ['an experiment', (path: string) => load(path)],
  ['a file that is hashed', hashFile],
  ['weights', readHeader],
] as const)('%s: a pipe is not waited for', (_, read) => {
  expect(() => read(at('pipe'))).toThrow('is a pipe, not a file');
});
test('a folder called config.json is not read', () => {
  expect(() => jsonFile(dir, 'config.json')).toThrow(`${at('config.json')} is a folder, not a file`);
});
