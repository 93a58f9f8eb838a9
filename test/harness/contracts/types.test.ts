import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporary } from '../../support.js';

const dir = temporary();
const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--allowJs', '--checkJs'];
const plain = ['--noEmit', '--target', 'es2022', '--module', 'nodenext', '--types', ''];

/** What the compiler says of these files, beside an installed tiltyard. */
function compiled(files: readonly string[]): string {
  try {
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    return execFileSync(tsc, [...plain, ...strict, ...files], { cwd: dir, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test('plugins of third parties type-check in strict mode without a type argument', () => {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'tiltyard'));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  const names = ['external', 'gspo', 'kto'].map((name) => `${name}-plugin`);
  for (const name of names) cpSync(join(root, 'test', 'fixtures', name, 'index.js'), join(dir, `${name}.js`));
  cpSync(join(root, 'test', 'fixtures', 'types', 'plugins.ts'), join(dir, 'plugins.ts'));
  expect(compiled([...names.map((name) => `${name}.js`), 'plugins.ts'])).toBe('');
});
