import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, tiltyard } from '../../support.js';
import { changedSmoke } from './changed-smoke.js';

const dir = temporary();
const experiment = (change: Parameters<typeof changedSmoke>[1]): string => changedSmoke(dir, change);
function pairs(name: string, ...rows: object[]): string {
  const path = join(dir, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
const withPairs = (name: string, ...rows: object[]): string => {
  const file = pairs(name, ...rows);
  return experiment((e) => {
    e['dataset'] = { name: 'jsonl', params: { file, maxPromptTokens: 16, maxCompletionTokens: 16 } };
    e['collect'] = {};
    e['stages'] = { sft: { algorithm: 'sft' }, dpo: { algorithm: 'dpo', start: 'sft' } };
  });
};
const good = [0, 1, 2, 3].map((i) => ({ prompt: `p${i}`, chosen: ' good', rejected: ' bad' }));

describe('bad input: one line that says what to do, exit 2, nothing written', () => {
  const cases: [what: string, args: () => string[], message: RegExp][] = [
    [
      'unknown key',
      () => [
        experiment((e) => {
          e['sedes'] = 3;
        }),
      ],
      /unknown key 'sedes'; did you mean 'seeds'\?/,
    ],
    [
      'a key as long as a book: its beginning',
      () => [
        experiment((e) => {
          e['k'.repeat(100_000)] = 3;
        }),
      ],
      /^tiltyard: .*unknown key 'k{3000,4000}\.\.\.\n$/,
    ],
    [
      'unknown parameter',
      () => ['smoke', '--set', 'stages.ipo.params.bta=1'],
      /ipo: unknown key 'bta'; did you mean 'beta'\? known: beta, logps/,
    ],
    [
      'wrong type',
      () => ['smoke', '--set', 'evaluation.every=often'],
      /'evaluation.every' should be integer, got "often"/,
    ],
    [
      'unknown plugin',
      () => ['smoke', '--set', 'stages.dpo.algorithm=dpoo'],
      /stage dpo: .*unknown algorithm 'dpoo'; did you mean 'dpo'\?/,
    ],
    [
      'unknown dataset',
      () => ['smoke', '--set', 'dataset.name=review'],
      /unknown dataset 'review'; did you mean 'reviews'\?/,
    ],
    [
      'unknown engine',
      () => ['smoke', '--engine', 'onnx'],
      /'engine.name' should be one of .*"onnxruntime".*got "onnx"/,
    ],
    [
      'unknown stage in --set',
      () => ['smoke', '--set', 'stages.doo.params.beta=1'],
      /no stage 'doo'; did you mean 'dpo'\?/,
    ],
    [
      'unknown stage to start from',
      () => ['smoke', '--set', 'stages.dpo.start=sftt'],
      /unknown stage 'sftt'; did you mean 'sft'\?/,
    ],
    [
      'stages that wait for each other',
      () => ['smoke', '--set', 'stages.sft.start=dpo'],
      /stages wait for each other: /,
    ],
    [
      'missing experiment',
      () => ['rewiews'],
      /no file .*rewiews and no built-in experiment 'rewiews'; did you mean 'reviews'\?/,
    ],
    [
      'broken YAML',
      () => [
        (() => {
          const path = join(dir, 'broken.yaml');
          writeFileSync(path, 'name: x\nstages: {a: [}\n');
          return path;
        })(),
      ],
      /broken\.yaml:2:\d+: /,
    ],
    [
      'missing data file',
      () => [
        experiment((e) => {
          e['dataset'] = { name: 'jsonl', params: { file: 'none.jsonl' } };
        }),
      ],
      /no file .*none\.jsonl; check the path/,
    ],
    [
      'empty dataset',
      () => [withPairs('empty.jsonl')],
      /empty\.jsonl: has no rows; give at least one like \{"prompt"/,
    ],
    [
      'pair with an empty completion',
      () => [withPairs('a.jsonl', ...good, { prompt: 'p', chosen: '', rejected: 'x' })],
      /a\.jsonl:5: chosen is empty; remove the line/,
    ],
    [
      'pair with equal completions',
      () => [withPairs('b.jsonl', ...good, { prompt: 'p', chosen: 'x', rejected: 'x' })],
      /b\.jsonl:5: chosen and rejected are equal/,
    ],
    [
      'prompt longer than the context',
      () => [withPairs('c.jsonl', { prompt: 'p'.repeat(17), chosen: 'x', rejected: 'y' }, ...good)],
      /c\.jsonl:1: prompt has 17 tokens, maxPromptTokens is 16; raise maxPromptTokens/,
    ],
    [
      'NaN learning rate',
      () => ['smoke', '--set', 'stages.dpo.params.learningRate=.nan'],
      /stages\.dpo\.params\.learningRate is NaN; give a finite number/,
    ],
    [
      'negative learning rate',
      () => ['smoke', '--set', 'stages.dpo.params.learningRate=-1'],
      /'learningRate' must be > 0, got -1/,
    ],
    ['no seeds', () => ['smoke', '--seeds', '0'], /should be a whole number of at least 1, got '0'/],
    ['a --set that sets nothing', () => ['smoke', '--set', 'seeds'], /should be path=value/],
    [
      'a reward where none is given',
      () => ['smoke', '--set', 'stages.ppo.reward=dpo'],
      /reward: dpo is dpo, which gives a policy/,
    ],
    [
      'a proxy that is no reward',
      () => ['smoke', '--set', 'evaluation.proxy=dpo'],
      /evaluation\.proxy: dpo is dpo, which gives a policy/,
    ],
    [
      'a control of a shared stage',
      () => ['smoke', '--set', 'stages.sft.control=true'],
      /stage sft: control: true, but the stage is shared/,
    ],
    [
      'unequal tuning',
      () => ['smoke', '--set', 'tuning.equal=true', '--set', 'stages.dpo.sweep={beta: [0.1, 0.2]}'],
      /tuning\.equal: .*dpo: 2, ipo: 1, best-of-n: 1, ppo: 1; give each the same number/,
    ],
    [
      'no pairs to train on',
      () => [
        experiment((e) => {
          delete e['collect'];
        }),
      ],
      /needs pairs; add a collect section/,
    ],
  ];
  test.each(cases)('%s', async (_, args, message) => {
    const out = join(dir, 'must-not-exist');
    const { code, stdout, stderr } = await tiltyard('run', ...args(), '--out', out);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(
      stderr.startsWith('error:') ? 3 : 1,
    ); // commander adds its hint
    expect(stdout).toBe('');
    expect(existsSync(out)).toBe(false);
  });
  test('an --out that cannot be made, or holds something else', async () => {
    writeFileSync(join(dir, 'a-file'), '');
    const inFile = await tiltyard('run', 'smoke', '--out', join(dir, 'a-file', 'x'));
    expect([inFile.code, inFile.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be made in .*a-file.*; choose another folder\n$/),
    ]);
    mkdirSync(join(dir, 'full'));
    writeFileSync(join(dir, 'full', 'thesis.tex'), 'x');
    const full = await tiltyard('run', 'smoke', '--out', join(dir, 'full'));
    expect([full.code, full.stderr]).toEqual([
      2,
      expect.stringMatching(/is not empty; choose another folder/),
    ]);
  });
  test('a report on nothing, on an empty folder, on a half-written one', async () => {
    const none = await tiltyard('report', join(dir, 'nowhere'));
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/no such folder; give the --out folder of a run/),
    ]);
    mkdirSync(join(dir, 'empty'));
    const empty = await tiltyard('report', join(dir, 'empty'));
    expect([empty.code, empty.stderr]).toEqual([
      2,
      expect.stringMatching(/is empty; give the --out folder of a run/),
    ]);
    mkdirSync(join(dir, 'half'));
    writeFileSync(join(dir, 'half', 'experiment.json'), '{}');
    const half = await tiltyard('report', join(dir, 'half'));
    expect([half.code, half.stderr]).toEqual([
      2,
      expect.stringMatching(
        /has no plan\.json; this is not the --out folder of a run, or the run stopped before it began/,
      ),
    ]);
    writeFileSync(join(dir, 'half', 'plan.json'), '{"runs":');
    const torn = await tiltyard('report', join(dir, 'half'));
    expect([torn.code, torn.stderr]).toEqual([2, expect.stringMatching(/plan\.json: not valid JSON/)]);
    expect(existsSync(join(dir, 'half', 'report.html'))).toBe(false);
  });
  test('unknown commands, kinds and options', async () => {
    expect((await tiltyard('rnu')).code).toBe(2);
    expect((await tiltyard('list', 'plugin')).stderr).toMatch(
      /unknown kind 'plugin'; did you mean 'plugins'\?/,
    );
    expect((await tiltyard('run', '--sedes', '1')).code).toBe(2);
  });
});
