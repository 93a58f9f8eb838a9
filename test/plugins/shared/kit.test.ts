import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as kit from '../../../plugins/shared/index.js';
import { root } from '../../support.js';

const folder = join(root, 'plugins', 'shared');
const files = [...readFileSync(join(folder, 'index.ts'), 'utf8').matchAll(/from '\.\/([\w-]+)\.js'/g)].map(
  (m) => m[1]!,
);
const exported = files.flatMap((file) => {
  const text = readFileSync(join(folder, `${file}.ts`), 'utf8');
  const declarations = text.matchAll(/^export (?:async )?(?:function|const|interface|type) (\w+)/gm);
  return [...declarations].map((m) => [m[1]!, /\*\/\s*$/.test(text.slice(0, m.index))] as const);
});

test.each(exported)('%s has a docstring', (_, documented) => expect(documented).toBe(true));
test('its README names every function in it, and nothing else', () => {
  const rows = readFileSync(join(folder, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map((m) => m[1]!));
  const others = ['completionsPerPrompt'];
  expect(named.filter((name) => !others.includes(name)).sort()).toEqual(Object.keys(kit).sort());
});
