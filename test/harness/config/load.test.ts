import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, type LoadedExperiment } from '../../../harness/config/load.js';
import { builtinExperiments, defaultExperiment } from '../../../harness/config/locate.js';
import { root, temporary, tiltyard } from '../../support.js';

const dir = temporary();

describe('an experiment file', () => {
  test.each([
    ['smoke', 'experiment'],
    ['claims', 'suite'],
    ['exact-claims', 'analysis'],
  ] as const)('%s is read as its kind: %s', (name, kind) => expect(load(name).kind).toBe(kind));

  test('keeps what was wanted: its own name and bytes, and the overrides as flags', () => {
    const path = join(root, 'datasets', 'experiments', 'smoke.yaml');
    const options = { seeds: 2, engine: 'reference', set: ['evaluation.every=7'] };
    const { experiment, request, source } = load(path, options) as LoadedExperiment;
    expect(source).toBe(path);
    expect(request).toEqual({
      name: basename(path),
      fileHash: createHash('sha256').update(readFileSync(path)).digest('hex'),
      overrides: ['--seeds 2', '--engine reference', '--set evaluation.every=7'],
    });
    expect(experiment).toMatchObject({
      seeds: [0, 1],
      engine: { name: 'reference' },
      evaluation: { every: 7 },
    });
  });

  test.each([
    ['smoke', { profile: 'full' }, 'no-profile', /--profile full: smoke is no suite; leave --profile out/],
    ['exact-claims', { profile: 'full' }, 'no-profile', /exact-claims is no suite/],
    [
      'exact-claims',
      { seeds: 1 },
      'fixed-analysis',
      /is an analysis; --seeds, --set, --data, --model and --judge do not/,
    ],
    ['exact-claims', { set: ['seeds=1'] }, 'fixed-analysis', /is an analysis/],
    [
      'claims',
      { set: ['seeds=1'] },
      'fixed-suite',
      /is a suite of experiments; --set, --data, --model and --judge do not apply to it/,
    ],
  ])('%s does not take %o', (name, options, code, message) => {
    const refused = expect.objectContaining({
      code,
      message: expect.stringMatching(message) as string,
    }) as Error;
    expect(() => load(name, options)).toThrow(refused);
  });

  test.each([
    ['nothing', '', /should be a mapping with name, dataset and stages/],
    ['a word', 'smoke', /should be a mapping/],
    ['a suite with more in it', 'name: x\nsuite: claims\nseeds: 2\n', /unknown key 'seeds'/],
    ['an analysis without a name', 'analysis: exact-claims\n', /key 'name' is missing/],
  ])('that holds %s is refused', (what, text, message) => {
    const path = join(dir, `${what}.yaml`);
    writeFileSync(path, text);
    expect(() => load(path)).toThrow(message);
  });
});

test('the default experiment is a built-in one, named by package.json and by the help', async () => {
  const { tiltyard: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    tiltyard: { defaultExperiment: string };
  };
  expect(defaultExperiment()).toBe(own.defaultExperiment);
  expect(builtinExperiments().map((e) => e.name)).toContain(own.defaultExperiment);
  const help = (await tiltyard('run', '--help')).stdout.replaceAll(/\s+/g, ' ');
  expect(help).toContain(`(default: "${own.defaultExperiment}")`);
});
