import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support.js';

const dist = join(root, 'dist');
/** What package.json lets others import. */
const entries = Object.values(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> })
    .exports,
).flatMap((entry) => {
  const types = (entry as { types?: string }).types;
  return types === undefined ? [] : [join(root, types)];
});

/** Declarations that an entry leads to, and the packages and globals that they name. */
function reached(entry: string): { readonly files: Set<string>; readonly foreign: string[] } {
  const files = new Set<string>();
  const foreign: string[] = [];
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      if (name!.startsWith('.')) queue.push(resolve(dirname(file), name!.replace(/\.js$/, '.d.ts')));
      else foreign.push(`${relative(dist, file)}: ${name}`);
    }
    for (const [word] of text.matchAll(/\bNodeJS\b|\bBuffer\b|<reference/g))
      foreign.push(`${relative(dist, file)}: ${word}`);
  }
  return { files, foreign };
}

test('there are several entries, and they are built', () => {
  expect(entries.length).toBeGreaterThan(2);
  for (const entry of entries) expect(existsSync(entry), entry).toBe(true);
});
test.each(entries.map((entry) => [relative(root, entry), entry]))(
  'types behind %s lead to no package, and to no type of Node',
  (_, entry) => {
    const { files, foreign } = reached(entry);
    expect(files.size).toBeGreaterThan(3);
    expect(foreign).toEqual([]);
  },
);
