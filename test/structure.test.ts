import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './support.js';

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && e.name.endsWith('.ts'))
    .map((e) => relative(root, join(e.parentPath, e.name)));

/** Local modules that a file imports, as paths from the root. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((m) => relative(root, resolve(root, dirname(file), m[1]!)).replace(/\.js$/, '.ts'));
}

const harness = sources('harness');
const plugins = sources('plugins');
const names = readdirSync(join(root, 'plugins')).filter((name) => name !== 'shared');

describe('the import graph', () => {
  test('there is something to check', () => {
    expect(harness.length).toBeGreaterThan(40);
    expect(names).toEqual(expect.arrayContaining(['dpo', 'ipo', 'bt-reward', 'ppo-rlhf', 'sft', 'best-of-n']));
    expect(harness.flatMap(imports).length).toBeGreaterThan(100);
  });
  test('harness never imports a plugin', () => {
    for (const file of harness) expect(imports(file).filter((path) => path.startsWith('plugins/')), file).toEqual([]);
  });
  test('plugins import the public list, their own folder, and what plugins share; never each other', () => {
    for (const file of plugins) {
      const own = file.split('/').slice(0, 2).join('/');
      const foreign = imports(file).filter((path) => path !== 'harness/index.ts' && !path.startsWith(`${own}/`) && !path.startsWith('plugins/shared/'));
      expect(foreign, file).toEqual([]);
    }
  });
  test('only the command line reaches from the harness to the report', () => {
    for (const file of harness) if (!file.startsWith('harness/commands/')) expect(imports(file).filter((path) => path.startsWith('reports/')), file).toEqual([]);
  });
  test('one facade over TensorFlow.js: only the engine imports it', () => {
    for (const file of [...harness, ...plugins, ...sources('datasets'), ...sources('reports')]) {
      if (file.startsWith('harness/engine/')) continue;
      expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/from '@tensorflow/);
    }
  });
});

describe('the core never names an algorithm', () => {
  const words = new RegExp(`\\b(${[...names, 'dpo', 'ipo', 'ppo', 'rlhf', 'kto', 'rloo', 'grpo', 'reinforce', 'direct preference', 'identity preference', 'proximal'].join('|')})\\b`, 'i');
  test.each(harness)('%s', (file) => {
    const found = words.exec(readFileSync(join(root, file), 'utf8'));
    expect(found === null ? null : found[0]).toBeNull();
  });
});

test('no source draws from a global generator', () => {
  for (const file of [...harness, ...plugins, ...sources('datasets'), ...sources('reports')]) expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/Math\.random/);
});

test('a plugin is one file under 150 lines', () => {
  for (const name of names) expect(readFileSync(join(root, 'plugins', name, 'plugin.ts'), 'utf8').split('\n').length, name).toBeLessThanOrEqual(150);
});

test('every plugin has a README with its source and its departures', () => {
  for (const name of names) {
    const text = readFileSync(join(root, 'plugins', name, 'README.md'), 'utf8');
    expect(text, name).toMatch(/arxiv\.org|doi\.org/);
    expect(text, name).toMatch(/## Departures/);
  }
});

describe('the public list', () => {
  const program = publicExports();
  test.each(program)('%s has a docstring', (_, documented) => expect(documented).toBe(true));
  test('is not empty', () => expect(program.length).toBeGreaterThan(15));
});

/** Exported declarations behind harness/index.ts, and whether a docstring stands before each. */
function publicExports(): [string, boolean][] {
  const out: [string, boolean][] = [];
  const visit = (file: string, only: readonly string[] | null): void => {
    const text = readFileSync(join(root, file), 'utf8');
    for (const m of text.matchAll(/^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)) {
      const name = m[1]!;
      if (only !== null && !only.includes(name)) continue;
      out.push([`${file}: ${name}`, /\*\/\s*$/.test(text.slice(0, m.index)) || /\/\/ .*\n$/.test(text.slice(0, m.index))]);
    }
  };
  const index = readFileSync(join(root, 'harness/index.ts'), 'utf8');
  for (const m of index.matchAll(/^export (?:type )?(?:\*(?: as \w+)?|\{([^}]*)\}) from '\.\/([^']+)\.js'/gm)) {
    visit(`harness/${m[2]!}.ts`, m[1] === undefined ? null : m[1].split(',').map((s) => s.trim()));
  }
  return out;
}
