import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adapters,
  builtins,
  type ExtensionKind,
  lasting,
  loadExtension,
  locate,
} from '../../harness/extensions.js';
import { PLUGIN_API } from '../../harness/index.js';
import { temporary } from '../support.js';

const dir = temporary();

/**
 * What is right for each kind, as the text of a module; a name that is built in; and what messages call it.
 */
const KINDS: Readonly<Record<ExtensionKind, { good: string; builtin: string; noun: string; slip: string }>> =
  {
    algorithm: {
      good: `{ api: ${PLUGIN_API},
      name: 'mine', summary: 'x', paper: { url: 'x', equations: [] }, needs: [], gives: 'policy',
      params: { type: 'object', additionalProperties: false, properties: {} }, async *train() {} }`,
      builtin: 'dpo',
      noun: 'plugin',
      slip: 'dpoo',
    },
    dataset: {
      good: `{ name: 'mine', description: 'x', open() {},
      params: { type: 'object', additionalProperties: false, properties: {} } }`,
      builtin: 'jsonl',
      noun: 'dataset',
      slip: 'jsnl',
    },
    analysis: { good: '{ parts: [] }', builtin: 'exact-claims', noun: 'analysis', slip: 'exact-claim' },
    suite: {
      good: "{ profiles: ['quick'], members: () => ({}), decide: () => [] }",
      builtin: 'claims',
      noun: 'suite',
      slip: 'claim',
    },
  };
/** What is refused about `export default {}`. */
const SHAPE: Readonly<Record<ExtensionKind, RegExp>> = {
  algorithm:
    /^plugin \.\/empty\.mjs: is no plugin: it declares no api; export default definePlugin\(\{ api: \d+, /,
  dataset: /^dataset \.\/empty\.mjs: its default export should be \{ name, description, params, open \}; /,
  analysis:
    /^analysis \.\/empty\.mjs: its default export should be \{ parts: \[\{ id, run \}\] \}; see Analysis/,
  suite: /^suite \.\/empty\.mjs: its default export should be \{ profiles, members, decide \}; see Suite/,
};
const EXAMPLE: Readonly<Record<ExtensionKind, string>> = {
  algorithm: 'definePlugin({ ... })',
  dataset: '{ name, description, params, open }',
  analysis: '{ parts: [{ id, run }] }',
  suite: '{ profiles, members, decide }',
};

beforeAll(() => {
  writeFileSync(join(dir, 'empty.mjs'), 'export default {};');
  writeFileSync(join(dir, 'none.mjs'), 'export const other = 1;');
  writeFileSync(join(dir, 'throws.mjs'), "throw new Error('no disk');");
  for (const [kind, { good }] of Object.entries(KINDS)) {
    writeFileSync(join(dir, `${kind}.mjs`), `export default ${good};`);
    const folder = join(dir, 'node_modules', `my-${kind}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(join(folder, 'index.js'), `export default ${good};`);
  }
});

describe.each(Object.keys(KINDS) as ExtensionKind[])('%s', (kind) => {
  const { builtin, noun, slip } = KINDS[kind];
  test('built in: loads, and keeps its name so that a folder can be resumed elsewhere', async () => {
    expect(builtins(kind)).toContain(builtin);
    expect(await loadExtension(kind, builtin, dir)).toBeTypeOf('object');
    expect(lasting(kind, builtin, dir)).toBe(builtin);
  });
  test('by path, from the folder of the experiment file', async () => {
    expect(await loadExtension(kind, `./${kind}.mjs`, dir)).toBeTypeOf('object');
    expect(await loadExtension(kind, join(dir, `${kind}.mjs`), '/')).toBeTypeOf('object');
    expect(lasting(kind, `./${kind}.mjs`, dir)).toBe(join(dir, `${kind}.mjs`));
  });
  test('as a package beside the experiment file', async () => {
    const path = locate(kind, `my-${kind}`, dir);
    expect(path).toMatch(new RegExp(`node_modules/my-${kind}/index\\.js$`));
    expect(await loadExtension(kind, `my-${kind}`, dir)).toBeTypeOf('object');
    expect(lasting(kind, `my-${kind}`, dir)).toBe(path);
  });
  test('an unknown name: what is built in, and the nearest of it', async () => {
    const known = [...builtins(kind), ...(kind === 'algorithm' ? adapters() : [])].join(', ');
    const message = `experiment: unknown ${kind} '${slip}'; did you mean '${builtin}'? known: ${known}`;
    await expect(loadExtension(kind, slip, dir)).rejects.toMatchObject({ code: `unknown-${kind}`, message });
  });
  test('a missing file: the path that was looked at', async () => {
    await expect(loadExtension(kind, './gone.mjs', dir)).rejects.toMatchObject({
      code: 'missing-file',
      message: `${noun} ./gone.mjs: no file ${join(dir, 'gone.mjs')}; check the path`,
    });
  });
  test('a wrong shape: what the shape should be', async () => {
    await expect(loadExtension(kind, './empty.mjs', dir)).rejects.toMatchObject({
      code: `${noun}-shape`,
      message: expect.stringMatching(SHAPE[kind]) as string,
    });
  });
  test('no default export: what to export', async () => {
    const message = `${noun} ./none.mjs: has no default export; export default ${EXAMPLE[kind]}`;
    await expect(loadExtension(kind, './none.mjs', dir)).rejects.toMatchObject({
      code: `${noun}-shape`,
      message,
    });
  });
  test('a module that throws: its own message, and the cause', async () => {
    await expect(loadExtension(kind, './throws.mjs', dir)).rejects.toMatchObject({
      code: `${noun}-load`,
      message: `${noun} ./throws.mjs: cannot be loaded: no disk`,
      cause: expect.any(Error) as Error,
    });
  });
});

test('a file that is named without a path: how to name it', () => {
  expect(() => locate('algorithm', 'algorithm.mjs', dir)).toThrow(
    'plugin algorithm.mjs: is no built-in plugin and no package; a file is named by a path: ./algorithm.mjs',
  );
});

test('a package of a plugin may be named by its short name', () => {
  const folder = join(dir, 'node_modules', 'tiltyard-plugin-short');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(folder, 'index.js'), 'export default {};');
  expect(locate('algorithm', 'short', dir)).toMatch(/tiltyard-plugin-short\/index\.js$/);
  expect(() => locate('dataset', 'short', dir)).toThrow(/unknown dataset 'short'/);
});

test('a dataset with an open schema is refused: a mistyped parameter would pass unseen', async () => {
  const open = '{ name: "x", description: "x", open() {}, params: { type: "object", properties: {} } }';
  writeFileSync(join(dir, 'open.mjs'), `export default ${open};`);
  await expect(loadExtension('dataset', './open.mjs', dir)).rejects.toThrow(
    'dataset ./open.mjs: params should be a JSON schema of type object with additionalProperties: false',
  );
});

const loadWith = (name: string, members: string): Promise<unknown> => {
  const path = join(dir, `${name}.mjs`);
  const rest = "name: 'x', summary: 's', paper: {}, needs: [], gives: 'policy', async *train() {}";
  const params = "params: { type: 'object', additionalProperties: false, properties: {} }";
  writeFileSync(path, `export default { ${members}, ${rest}, ${params} };`);
  return loadExtension('algorithm', path);
};

describe('the plugin API', () => {
  test('a plugin written for API 1 is refused with what to change', async () => {
    const error = (await loadWith('old', 'api: 1, invariants: []').catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(
      /old\.mjs: is written for plugin API 1, this tiltyard has API 2; move golden, /,
    );
    expect(error.message).toContain('twoArms, invariants and atStart under checks: { ... }, ');
    expect(error.message).toMatch(/declare the feeds of ctx\.trainer, and set api: 2$/);
  });
  test('any other version is refused with both numbers', async () => {
    await expect(loadWith('new', 'api: 3')).rejects.toThrow(
      /is written for plugin API 3, this tiltyard has API 2; install a matching version$/,
    );
  });
  test('a statement outside checks is refused, so that it is not silently unchecked', async () => {
    await expect(loadWith('half', 'api: 2, invariants: [], atStart: () => ({})')).rejects.toThrow(
      /half\.mjs: invariants, atStart should stand under checks: \{ \.\.\. \}$/,
    );
  });
  test('one for API 2 is taken', async () => {
    await expect(loadWith('right', 'api: 2, checks: {}')).resolves.toMatchObject({ name: 'x' });
  });
});

test('a device in the place of a module is refused, not read', () => {
  expect(() => locate('dataset', '/dev/null', dir)).toThrow(/\/dev\/null is a device, not a file/);
  expect(() => locate('algorithm', dir, dir)).toThrow(/is a folder, not a file/);
});
