import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describeCard, visibleCards } from '../../../harness/engine/card.js';
import { temporary } from '../../support.js';

const folder = temporary();
const { PATH, CUDA_VISIBLE_DEVICES } = process.env;

/** A machine whose nvidia-smi is this shell script. */
function machine(script: string): void {
  writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  process.env['PATH'] = `${folder}:${PATH}`;
}

afterEach(() => {
  process.env['PATH'] = PATH;
  if (CUDA_VISIBLE_DEVICES === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
  else process.env['CUDA_VISIBLE_DEVICES'] = CUDA_VISIBLE_DEVICES;
});

const TWO = `
printf '0, GPU-aa, NVIDIA H100 80GB HBM3, 81559, 580.1\\n'
printf '1, GPU-bb, NVIDIA H200, 143771, 580.1\\n'`;

test('a card is named with its memory and its driver', () => {
  machine('echo "0, GPU-1, NVIDIA H200, 143771, 580.159.04"');
  expect(describeCard()).toBe('NVIDIA H200, 143771 MiB, driver 580.159.04');
  expect(visibleCards()).toEqual([
    { index: 0, uuid: 'GPU-1', name: 'NVIDIA H200', memoryBytes: 143771 * 2 ** 20, driver: '580.159.04' },
  ]);
});
test.each<[string | undefined, readonly string[]]>([
  [undefined, ['GPU-aa', 'GPU-bb']],
  ['1', ['GPU-bb']],
  ['1,0', ['GPU-bb', 'GPU-aa']],
  ['GPU-b', ['GPU-bb']],
  ['0,7,1', ['GPU-aa']],
  ['', []],
  ['-1', []],
])('CUDA_VISIBLE_DEVICES=%s chooses among them, in its order', (chosen, uuids) => {
  machine(TWO);
  if (chosen === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
  else process.env['CUDA_VISIBLE_DEVICES'] = chosen;
  expect(visibleCards().map(({ uuid }) => uuid)).toEqual(uuids);
});
test('the first that CUDA sees is named, and how many more there are', () => {
  machine(TWO);
  process.env['CUDA_VISIBLE_DEVICES'] = '1,0';
  expect(describeCard()).toBe('NVIDIA H200, 143771 MiB, driver 580.1, and 1 more');
});
test.each(['exit 9', 'echo "No devices were found"', 'sleep 0; kill -9 $$'])(
  'where nvidia-smi has none, nothing: %s',
  (script) => {
    machine(script);
    expect(describeCard()).toBeNull();
  },
);
test('without nvidia-smi nothing', () => {
  process.env['PATH'] = '/nowhere';
  expect(describeCard()).toBeNull();
});
