import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { permissionSwitch } from '../../../harness/confinement/flags.js';
import { load, type LoadedExperiment } from '../../../harness/config/load.js';
import { makePlan } from '../../../harness/config/plan.js';
import { settleEngine } from '../../../harness/run/engine.js';
import type { OutcomeRow } from '../../../harness/store/records.js';
import { type Ended, root, start, temporary } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

/** A plugin that is not built in reaches nothing but what it was given, or is found out. */
const plugin = join(root, 'test', 'fixtures', 'plugins', 'attacks.js');
const HOWS = ['honest', 'tries', 'patches', 'says-it-is-free', 'other-samples', 'exits', 'dies'] as const;

const dir = temporary();
const out = join(dir, 'out');
/** Attacks on what only Node's permissions guard. */
const isHeld = permissionSwitch() !== null;
let folders: Record<string, string>;
let ended: Ended;
beforeAll(async () => {
  const params = { batchSize: 16, epochs: 1, normalisationSamples: 4, patience: null, heldOut: 0 };
  const reward = { algorithm: 'bt-reward', params };
  const stages = Object.fromEntries(
    HOWS.map((how) => [how, { algorithm: plugin, reward: 'reward', params: { how } }]),
  );
  const file = smallExperiment(
    dir,
    'attacks',
    {
      reward,
      chooser: { ...reward, pairs: 'heldout', params: { ...params, batchSize: 4 } },
      ...stages,
    },
    { tuning: { equal: false, by: 'chooser', chooser: 'chooser' } },
  );
  const { experiment: wanted, baseDir, source } = load(file) as LoadedExperiment;
  const engine = await settleEngine(wanted.engine);
  const { runs } = await makePlan({ ...wanted, engine }, baseDir, source);
  folders = Object.fromEntries(
    runs.map(({ stage, kind, id }) => [kind === 'train' ? stage : kind, join(out, 'runs', id)]),
  );
  process.env['ATTACKS'] = JSON.stringify({ out, runs: folders });
  ended = await start(['run', file, '--out', out, '--jobs', '2']).ended;
  delete process.env['ATTACKS'];
});

const outcomeOf = (how: string): OutcomeRow =>
  JSON.parse(readFileSync(join(folders[how]!, 'outcome.json'), 'utf8')) as OutcomeRow;
/** Rows without their clock. */
const rowsOf = (how: string, file: string): unknown[] =>
  readFileSync(join(folders[how]!, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ ...(JSON.parse(line) as object), clock: null }));
const report = (): string => readFileSync(join(out, 'report.md'), 'utf8');

describe('an honest run of it', () => {
  test('is evaluated with gold rewards, and held to its model', () => {
    expect(outcomeOf('honest'), ended.stdout + ended.stderr).toMatchObject({
      outcome: 'completed',
      confined: isHeld,
    });
    expect(outcomeOf('honest').audit?.verdict).toBe('held');
    const rows = rowsOf('honest', 'samples.jsonl') as { gold: unknown }[];
    expect(rows.length).toBe(8);
    for (const { gold } of rows) expect(typeof gold).toBe('number');
  });
  test('leaves nothing of what was laid out for it', () => {
    expect(existsSync(join(out, 'confined', folders['honest']!.split('/').at(-1)!))).toBe(false);
  });
});

test.runIf(isHeld)('each thing that it tries is refused', () => {
  const { outcome, summary, cause } = outcomeOf('tries');
  expect(outcome, JSON.stringify(cause)).toBe('completed');
  expect(Object.keys(summary).length).toBeGreaterThan(30);
  const succeeded = Object.entries(summary).filter(([name, worked]) => ATTACKS.test(name) && worked !== 0);
  expect(succeeded).toEqual([]);
});
/** Figures of its pairs are beside them. */
const ATTACKS = / /;

test.each(['tries', 'patches'])('%s: its rows are those of an honest run', (how) => {
  expect(outcomeOf(how).outcome, JSON.stringify(outcomeOf(how).cause)).toBe('completed');
  for (const file of ['evals.jsonl', 'samples.jsonl'])
    expect(rowsOf(how, file)).toEqual(rowsOf('honest', file));
});

test('other samples than its model gives are replaced, and the report says so', () => {
  expect(outcomeOf('other-samples').audit?.verdict).toBe('differs');
  expect(rowsOf('other-samples', 'evals.jsonl').at(-1)).toEqual(rowsOf('honest', 'evals.jsonl').at(-1));
  expect(rowsOf('other-samples', 'samples.jsonl')).toEqual(rowsOf('honest', 'samples.jsonl'));
  expect(report()).toMatch(/samples: its process reported other figures than its model gives/);
});

test.each([
  ['says-it-is-free', 'process-died'],
  ['exits', 'process-exit'],
  ['dies', 'process-died'],
])('%s: the run has failed, with its cause', (how, code) => {
  expect(outcomeOf(how)).toMatchObject({ outcome: 'failed', cause: { code } });
  expect(report()).toMatch(/3 runs ended failed/);
});

test.runIf(isHeld)('no process has loaded it but such as are confined', () => {
  expect(existsSync(join(out, 'runs'))).toBe(true);
  expect(existsSync(`${out}.loaded`)).toBe(false);
});

test('no other run was touched, and nothing is in the folder that should not be', async () => {
  const { code, stdout, stderr } = await start(['verify-store', out]).ended;
  expect(code, stdout + stderr).toBe(0);
  expect(readdirSync(out).filter((name) => /^x\b/.test(name))).toEqual([]);
});
