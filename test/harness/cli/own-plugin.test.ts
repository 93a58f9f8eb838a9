import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Ended, root, start, temporary } from '../../support.js';

/** A folder with nothing in it but what somebody wrote: no package.json and no node_modules, nor above it. */
const dir = join(temporary(), 'mine');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const source = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
const lineOf = (text: string, part: string): number =>
  text.split('\n').findIndex((l) => l.includes(part)) + 1;

/** The README's plugin with one mistake. */
const MISTAKES: Readonly<Record<string, readonly [from: string, to: string]>> = {
  mistyped: ['ops.logSigmoid', 'ops.logsigmoid'],
  elsewhere: ['ops.neg(ops.logSigmoid(z))', 'ops.clamp(z, 0, 1)'],
  vector: ['ops.mean(ops.neg(ops.logSigmoid(z)))', 'ops.neg(ops.logSigmoid(z))'],
  throws: ['const z =', 'policy.head.bias; const z ='],
  misfits: ['ops.sum(policy.tokenLogps(tokens), 1)', 'policy.tokenLogps(tokens)'],
};
const written: Record<string, string> = {};

let ended: Ended;
beforeAll(async () => {
  mkdirSync(dir);
  const stages: Record<string, object> = {
    base: { algorithm: 'sft', completions: 'corpus', params: { epochs: 1 } },
    right: { algorithm: './right.js', start: 'base' },
  };
  writeFileSync(join(dir, 'right.js'), source);
  for (const [name, [from, to]] of Object.entries(MISTAKES)) {
    written[name] = source.replace(from, to).replace("name: 'simpo'", `name: '${name}'`);
    writeFileSync(join(dir, `${name}.js`), written[name]);
    stages[name] = { algorithm: `./${name}.js`, start: 'base' };
  }
  const experiment = {
    name: 'mine',
    seeds: 1,
    dataset: {
      name: 'reviews',
      params: { corpusSize: 100, trainPrompts: 64, validationPrompts: 8, testPrompts: 8, heldoutPrompts: 8 },
    },
    policy: { width: 8, layers: 1, heads: 1 },
    collect: { from: 'base', pairs: 32, heldoutPairs: 8 },
    evaluation: { samplesPerPrompt: 1 },
    stages,
  };
  writeFileSync(join(dir, 'mine.yaml'), stringify(experiment));
  ended = await start(['run', 'mine.yaml', '--out', 'out'], { cwd: dir }).ended;
});

/** What the terminal says of a stage. */
const said = (stage: string): string =>
  ended.stdout.split('\n').find((line) => new RegExp(`^(completed|failed) +${stage} seed`).test(line)) ?? '';

describe('a plugin file in a folder of its own', () => {
  test('finds tiltyard without an installation, and trains', () => {
    expect(ended.code).toBe(1); // the others fail
    expect(said('right')).toMatch(/^completed right seed 0 · 2 steps/);
  });
  test('a mistyped function is refused with the one that was meant, file and line', () => {
    const place = `(at ${join(dir, 'mistyped.js')}:${lineOf(written['mistyped']!, 'ops.logsigmoid')}:`;
    expect(said('mistyped')).toContain("unknown function 'logsigmoid'; did you mean 'logSigmoid'?");
    expect(said('mistyped')).toMatch(/ node \S+cli\.js list ops shows all /);
    expect(said('mistyped')).toContain(place);
  });
  test("a function of PyTorch's is answered with what it is called here", () => {
    expect(said('elsewhere')).toContain("unknown function 'clamp'; here it is clip;");
  });
  test('a loss that is no single number is refused with its shape', () => {
    expect(said('vector')).toContain('the loss has shape [16], and should be one number');
    expect(said('vector')).toContain(`(at ${join(dir, 'vector.js')}:`);
  });
  test.each([
    ['throws', /Cannot read properties of null \(reading 'bias'\)/, 'policy.head.bias'],
    ['misfits', /could not be broadcast together with shapes 32,26 and 32/, 'for await'],
  ])('an error of %s carries file and line', (name, message, line) => {
    expect(said(name)).toMatch(message);
    expect(said(name)).toContain(`(at ${join(dir, `${name}.js`)}:${lineOf(written[name]!, line)}:`);
  });
});
