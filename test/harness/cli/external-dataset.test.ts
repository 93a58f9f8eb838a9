import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { EvalRow, PairRow, RunSpec } from '../../../harness/index.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { root, start, temporary } from '../../support.js';

const dir = temporary();
// As npm would install them beside tiltyard.
beforeAll(() => {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'tiltyard'));
  const fixture = join(root, 'test', 'fixtures', 'external-dataset');
  for (const place of ['greetings', join('node_modules', 'greetings')]) {
    cpSync(fixture, join(dir, place), { recursive: true });
  }
});

/** An experiment on a dataset of that name, in a file beside the packages. */
function experiment(file: string, dataset: string): string {
  const draft = {
    name: 'external',
    seeds: 1,
    dataset: { name: dataset },
    policy: { width: 8, layers: 1, heads: 1 },
    collect: {},
    stages: {
      sft: { algorithm: 'sft', params: { epochs: 1, batchSize: 4 } },
      dpo: { algorithm: 'dpo', start: 'sft', params: { epochs: 1, batchSize: 4 } },
    },
    evaluation: { every: 0, prompts: 2, testPrompts: 2 },
  };
  writeFileSync(join(dir, file), stringify(draft));
  return join(dir, file);
}
/** From another folder: the experiment file's own is what counts. */
const tiltyard = (...args: string[]) => start(args, { cwd: root }).ended;

describe.each([
  ['a path', './greetings/index.js'],
  ['a package', 'greetings'],
])('a dataset from %s', (what, name) => {
  const out = join(dir, `out-${what}`);
  test('is trained and evaluated on', async () => {
    const { code, stderr } = await tiltyard('run', experiment('good.yaml', name), '--out', out);
    expect(code, stderr).toBe(0);
    const { runs } = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as { runs: RunSpec[] };
    const folder = (stage: string): string => join(out, 'runs', runs.find((run) => run.stage === stage)!.id);
    const pairs = readJsonl<PairRow>(join(folder('collect'), 'pairs.jsonl'));
    expect(pairs).toHaveLength(9); // of twelve, one each is for validation, for testing and held out
    expect(pairs.every((pair) => pair.chosen.startsWith(', '))).toBe(true);
    expect(readJsonl(join(folder('dpo'), 'steps.jsonl'))).toHaveLength(2); // batches of 4
    const last = readJsonl<EvalRow>(join(folder('dpo'), 'evals.jsonl')).at(-1)!;
    expect(last).toMatchObject({ split: 'test', goldReward: null });
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });
});

describe('what is wrong with one is said before anything is written', () => {
  test.each([
    [
      'a wrong shape',
      './wrong.mjs',
      /its default export should be \{ name, description, params, open \}; see Dataset/,
    ],
    ['an unknown name', 'greeting', /experiment: unknown dataset 'greeting'; known: .*jsonl/],
    ['a missing file', './greeting.js', /dataset \.\/greeting\.js: no file .*\/greeting\.js; check the path/],
  ])('%s', async (_, name, message) => {
    writeFileSync(join(dir, 'wrong.mjs'), "export default { name: 'wrong', rows: [] };");
    const out = join(dir, 'must-not-exist');
    const { code, stdout, stderr } = await tiltyard('run', experiment('bad.yaml', name), '--out', out);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(out)).toBe(false);
  });
});
