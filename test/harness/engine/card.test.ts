import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describeCard } from '../../../harness/engine/card.js';
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

test('a card is named with its memory and its driver', () => {
  machine('echo "NVIDIA H200, 143771 MiB, 580.159.04"');
  expect(describeCard()).toBe('NVIDIA H200, 143771 MiB, driver 580.159.04');
});
test('the one that CUDA sees first is asked for', () => {
  machine('case "$3" in --id=GPU-7) echo "NVIDIA H100, 81559 MiB, 580.1";; *) exit 6;; esac');
  process.env['CUDA_VISIBLE_DEVICES'] = 'GPU-7,2';
  expect(describeCard()).toBe('NVIDIA H100, 81559 MiB, driver 580.1');
});
test.each(['exit 9', 'echo "No devices were found"'])('where nvidia-smi has none, nothing: %s', (script) => {
  machine(script);
  expect(describeCard()).toBeNull();
});
test('without nvidia-smi nothing', () => {
  process.env['PATH'] = '/nowhere';
  expect(describeCard()).toBeNull();
});
