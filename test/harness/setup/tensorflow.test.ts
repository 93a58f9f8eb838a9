import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tensorflowIn } from '../../../harness/setup/tensorflow.js';
import { temporary } from '../../support.js';

function folder(files: readonly string[]): string {
  const dir = temporary();
  for (const file of files) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    writeFileSync(join(dir, file), '');
  }
  return dir;
}
const HEADER = 'include/tensorflow/c/c_api.h';

describe('where TensorFlow is', () => {
  test('in a wheel', () => {
    const dir = folder([
      HEADER,
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
      'libtensorflow_cc.so',
    ]);
    expect(tensorflowIn(dir)).toEqual({
      include: join(dir, 'include'),
      libraries: [join(dir, 'libtensorflow_cc.so.2'), join(dir, 'libtensorflow_framework.so.2')],
    });
  });
  test('in an unpacked libtensorflow', () => {
    const dir = folder([HEADER, 'lib/libtensorflow.so.2', 'lib/libtensorflow_framework.so.2']);
    expect(tensorflowIn(dir).libraries).toEqual([
      join(dir, 'lib/libtensorflow.so.2'),
      join(dir, 'lib/libtensorflow_framework.so.2'),
    ]);
  });
  test.each([
    ['nothing', []],
    ['no headers', ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']],
    ['one library', [HEADER, 'libtensorflow_cc.so.2']],
  ])('a folder with %s is refused, with what was looked for and what to name', (_, files) => {
    const dir = folder(files);
    expect(() => tensorflowIn(dir)).toThrow(`setup tensorflow: ${dir} is no TensorFlow: looked for`);
    expect(() => tensorflowIn(dir)).toThrow("name the folder 'tensorflow' that pip installs");
  });
});
