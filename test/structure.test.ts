import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './support.js';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
const sources = (folder: string): string[] => filesIn(folder, /\.ts$/);

interface Import {
  readonly to: string;
  /** `import(...)` at run time rather than a statement at the top. */
  readonly late: boolean;
}

/** Local modules that a file imports, types included, as paths from the root. */
function imports(file: string): Import[] {
  return [...read(file).matchAll(/(from|import\()\s*'(\.[^']*)'/g)].map(([, how, path]) => ({
    to: relative(root, resolve(root, dirname(file), path!)).replace(/\.js$/, '.ts'),
    late: how === 'import(',
  }));
}
const staticImports = (file: string): string[] => imports(file).flatMap(({ to, late }) => (late ? [] : [to]));

const harness = sources('harness');
const plugins = sources('plugins');
const product = [...harness, ...plugins, ...sources('datasets'), ...sources('reports')];
const names = readdirSync(join(root, 'plugins')).filter((name) => name !== 'shared' && name !== 'external');
const worlds = readdirSync(join(root, 'datasets', 'worlds'));

describe('the rooms of ARCHITECTURE.md', () => {
  /** Lines of the block `arrows`: `room: rooms it may import; late: rooms it may import at run time`. */
  const block = /```arrows\n([\s\S]*?)```/.exec(read('ARCHITECTURE.md'))![1]!;
  const arrows = new Map(
    block
      .trim()
      .split('\n')
      .map((line) => {
        const [room, targets] = line.split(':').map((part) => part.trim()) as [string, string];
        const [now, late] = targets.split('| late').map((part) => part.split(/[\s,]+/).filter(Boolean));
        return [room, { now: now!, late: late ?? [] }] as const;
      }),
  );
  const rooms = [...arrows.keys()].sort((a, b) => b.length - a.length);
  /** The longest room that holds the file. */
  const roomOf = (file: string): string | undefined =>
    rooms.find((room) => file === room || file.startsWith(`${room}/`));

  test('hold every file', () => {
    expect(product.filter((file) => roomOf(file) === undefined)).toEqual([]);
    expect(rooms.filter((room) => !product.some((file) => roomOf(file) === room))).toEqual([]);
  });
  test('every import follows an arrow', () => {
    const astray = product.flatMap((file) =>
      imports(file).flatMap(({ to, late }) => {
        const [from, target] = [roomOf(file)!, roomOf(to)!];
        const allowed = arrows.get(from)!;
        const known =
          from === target || allowed.now.includes(target) || (late && allowed.late.includes(target));
        return known ? [] : [`${file} imports ${to}: ${from} -> ${target}${late ? ' (at run time)' : ''}`];
      }),
    );
    expect(astray).toEqual([]);
    expect(product.flatMap(imports).length).toBeGreaterThan(500);
  });
  test('every arrow is used', () => {
    const used = new Set(
      product.flatMap((file) => imports(file).map(({ to }) => `${roomOf(file)} -> ${roomOf(to)}`)),
    );
    const stated = [...arrows].flatMap(([from, { now, late }]) =>
      [...now, ...late].map((to) => `${from} -> ${to}`),
    );
    expect(stated.filter((arrow) => !used.has(arrow))).toEqual([]);
  });
  test('no arrow goes back', () => {
    expect(circles(rooms, (room) => arrows.get(room)!.now)).toEqual([]);
  });
  test('a plugin imports the public list, its own folder, and what plugins share; never another', () => {
    for (const file of plugins) {
      const own = file.split('/').slice(0, 2).join('/');
      const foreign = imports(file).filter(
        ({ to }) =>
          to !== 'harness/index.ts' && !to.startsWith(`${own}/`) && !to.startsWith('plugins/shared/'),
      );
      expect(foreign, file).toEqual([]);
    }
  });
});

test('no file imports itself through others', () => {
  expect(circles(product, (file) => staticImports(file))).toEqual([]);
});

test('the harness imports no plugin, dataset or report, but for reports at run time from a command', () => {
  for (const file of harness) {
    const outside = imports(file).filter(({ to }) => /^(plugins|datasets|reports)\//.test(to));
    const reports = outside.filter(
      ({ to, late }) => late && to.startsWith('reports/') && file.startsWith('harness/commands/'),
    );
    expect(outside, file).toEqual(reports);
  }
});

test('only the engine imports TensorFlow.js, and only engine/onnx imports onnxruntime', () => {
  for (const file of product) {
    if (!file.startsWith('harness/engine/')) expect(read(file), file).not.toMatch(/from '@tensorflow/);
    if (!file.startsWith('harness/engine/onnx/')) expect(read(file), file).not.toMatch(/from 'onnxruntime/);
  }
});

describe('the core names no algorithm and no world', () => {
  const others = ['dpo', 'ipo', 'ppo', 'rlhf', 'kto', 'rloo', 'grpo', 'reinforce', 'proximal'];
  const phrases = ['direct preference', 'identity preference'];
  const algorithm = new RegExp(`\\b(${[...names, ...others, ...phrases].join('|')})\\b`, 'i');
  // Worlds have names of everyday words: what counts is a name in quotes, or a path.
  const world = new RegExp(`['"\`](${worlds.join('|')})['"\`]|worlds/`);
  test.each(harness)('%s', (file) => {
    const text = read(file);
    expect(algorithm.exec(text)?.[0] ?? null).toBeNull();
    if (file !== 'harness/extensions.ts') expect(world.exec(text)?.[0] ?? null).toBeNull();
  });
});

test('no source draws from a global generator', () => {
  for (const file of product) expect(read(file), file).not.toMatch(/Math\.random/);
});

describe('size', () => {
  /** Tables: one entry a line, nothing to follow. */
  const tables = [/^harness\/engine\/trace\/kernels\//, /schema\.ts$/];
  const lines = (file: string): string[] => read(file).trimEnd().split('\n');

  test('no line of code is wider than 110', () => {
    const code = ['harness', 'plugins', 'datasets', 'reports', 'test', '.config'].flatMap((folder) =>
      filesIn(folder, /\.(ts|js|mjs)$/),
    );
    const wide = code.flatMap((file) =>
      lines(file).flatMap((line, i) => (line.length > 110 ? [`${file}:${i + 1}: ${line.length}`] : [])),
    );
    expect(wide).toEqual([]);
  });
  test('no file is longer than 300 lines', () => {
    const long = product.filter(
      (file) => lines(file).length > 300 && !tables.some((table) => table.test(file)),
    );
    expect(long).toEqual([]);
  });
  test('a plugin is one file under 150 lines', () => {
    for (const name of names) expect(lines(`plugins/${name}/plugin.ts`).length, name).toBeLessThan(150);
  });
});

test('tests stand where the sources stand that they test', () => {
  const own = ['bench', 'fixtures', 'golden', 'mutate', 'package', 'peers', 'torture'];
  for (const file of filesIn('test', /\.test\.ts$/)) {
    const folder = dirname(file).split('/').slice(1).join('/');
    if (folder === '' || own.includes(folder.split('/')[0]!)) continue;
    // harness/cli.ts is tested by what it does, in test/harness/cli.
    expect(
      product.some((source) => source.startsWith(`${folder}/`) || source === `${folder}.ts`),
      file,
    ).toBe(true);
  }
});

test('every plugin has a README with its source and its departures', () => {
  for (const name of names) {
    const text = read(`plugins/${name}/README.md`);
    expect(text, name).toMatch(/arxiv\.org|doi\.org/);
    expect(text, name).toMatch(/## Departures/);
  }
});

describe('the public lists', () => {
  const documented = ['harness/index.ts', 'plugins/shared/index.ts'].flatMap(publicExports);
  test.each(documented)('%s has a docstring', (_, is) => expect(is).toBe(true));
  test('are not empty', () => expect(documented.length).toBeGreaterThan(40));
});

/** Exported declarations behind an index file, and whether a docstring stands before each. */
function publicExports(index: string): [string, boolean][] {
  const out: [string, boolean][] = [];
  const visit = (file: string, only: readonly string[] | null): void => {
    const text = read(file);
    const reexport = /^export (?:type )?(?:\*(?: as \w+)?|\{([^}]*)\}) from '(\.[^']+)\.js'/gm;
    for (const [, list, path] of text.matchAll(reexport)) {
      const inner =
        list?.split(',').map((name) =>
          name
            .trim()
            .replace(/^type /, '')
            .replace(/ as .*/, ''),
        ) ?? null;
      const wanted =
        inner === null ? only : inner.filter((name) => name !== '' && (only === null || only.includes(name)));
      visit(relative(root, resolve(root, dirname(file), `${path}.ts`)), wanted);
    }
    const declaration =
      /^export (?:declare |abstract |async )*(?:function\*?|const|class|interface|type) (\w+)/gm;
    for (const match of text.matchAll(declaration)) {
      const name = match[1]!;
      if (only !== null && !only.includes(name)) continue;
      const before = text.slice(0, match.index);
      // An overload's later signatures need no docstring of their own.
      if (out.some(([known]) => known === `${file}: ${name}`)) continue;
      out.push([`${file}: ${name}`, /\*\/\s*$/.test(before) || /\/\/ .*\n$/.test(before)]);
    }
  };
  visit(index, null);
  return out;
}

/** Groups of nodes that reach each other (Tarjan 1972, https://doi.org/10.1137/0201010). */
function circles(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const [order, low, stack, found] = [
    new Map<string, number>(),
    new Map<string, number>(),
    [] as string[],
    [] as string[][],
  ];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    stack.push(node);
    for (const to of next(node)) {
      if (!nodes.includes(to)) continue;
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) low.set(node, Math.min(low.get(node)!, low.get(to)!));
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) found.push(group.sort());
  };
  for (const node of nodes) if (!order.has(node)) visit(node);
  return found;
}
