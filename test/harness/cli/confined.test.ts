import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { OutcomeRow } from '../../../harness/store/records.js';
import { contents, root, temporary, tiltyard } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

/** A plugin in a process of its own, scored by another: the same bytes as one that is built in. */
const dir = temporary();
const out = join(dir, 'out');
const copy = (name: string): string => join(root, 'test', 'fixtures', 'plugins', 'copies', `${name}.js`);
const PLUGINS = ['sft', 'dpo', 'relabelled', 'bt-reward', 'best-of-n'] as const;

let said = '';
beforeAll(async () => {
  const params = { batchSize: 8, epochs: 1 };
  const reward = { ...params, normalisationSamples: 4, patience: null, heldOut: 0 };
  const relabel = { by: 'bt-reward', how: 'soft' };
  const twice = (name: string, algorithm: string, more: object): [string, object][] => [
    [name, { algorithm, ...more }],
    [`${name}-copy`, { algorithm: copy(algorithm), ...more }],
  ];
  const file = smallExperiment(
    dir,
    'confined',
    Object.fromEntries([
      ...twice('bt-reward', 'bt-reward', { params: reward }),
      ...twice('sft', 'sft', { completions: 'corpus', params }),
      ...twice('dpo', 'dpo', { params }),
      ...twice('relabelled', 'dpo', { relabel, params }),
      ...twice('best-of-n', 'best-of-n', { reward: 'bt-reward', params: { n: 4 } }),
    ]),
    {
      evaluation: { every: 2, prompts: 4, testPrompts: 4, samplesPerPrompt: 2, proxy: 'bt-reward' },
      tuning: { equal: false },
    },
  );
  const ended = await tiltyard('run', file, '--out', out, '--jobs', '2');
  said = ended.stdout + ended.stderr;
});

const folderOf = (stage: string): string =>
  join(out, 'runs', readdirSync(join(out, 'runs')).find((id) => id.startsWith(`${stage}-s0-`))!);
const outcomeOf = (stage: string): OutcomeRow =>
  JSON.parse(readFileSync(join(folderOf(stage), 'outcome.json'), 'utf8')) as OutcomeRow;

test.each(PLUGINS)('%s: rows, model, ledger and summary are the same bytes', (name) => {
  expect(outcomeOf(`${name}-copy`).cause, said).toBeNull();
  const files = contents(out);
  const of = (stage: string): [string, string][] =>
    Object.entries(files).flatMap(([path, text]) =>
      path.startsWith(`${stage}-s0-`) && !path.endsWith('outcome.json') ? [[path.split('/')[1]!, text]] : [],
    );
  expect(of(name).length).toBeGreaterThanOrEqual(2);
  expect(of(`${name}-copy`)).toEqual(of(name));
  const { audit: _, confined: __, clock: ___, ...copied } = outcomeOf(`${name}-copy`);
  const { clock: ____, ...builtIn } = outcomeOf(name);
  expect(copied).toEqual(builtIn);
});

test('what could be held to its model has been, and the report names what could not', () => {
  expect(outcomeOf('dpo-copy').audit?.verdict).toBe('held');
  expect(outcomeOf('best-of-n-copy').audit?.verdict).toBe('unheld');
  expect(outcomeOf('bt-reward-copy').audit).toBeUndefined();
  expect(outcomeOf('dpo').confined).toBeUndefined();
  const report = readFileSync(join(out, 'report.md'), 'utf8');
  expect(report).toMatch(/copy: the plugin chooses its answers itself/);
  expect(report).not.toMatch(/its process reported other figures/);
});

test('nothing that was laid out is left', () => {
  const laidOut = join(out, 'confined');
  expect(existsSync(laidOut) ? readdirSync(laidOut) : []).toEqual([]);
});
