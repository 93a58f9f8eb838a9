import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadExtension } from '../../../harness/extensions.js';
import { hashFile } from '../../../harness/hash.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { readJson } from '../../../harness/store/atomic.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { type RunPaths, runPaths, storePaths } from '../../../harness/store/layout.js';
import { readExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { OutcomeRow, PairRow } from '../../../harness/store/records.js';
import type { DrawGoldsRow, DrawsRow, MeasuredRow, PairScoresRow } from '../../../harness/store/shared.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { knownLogps } from '../../../harness/worker/measured.js';
import { runWorker } from '../../../harness/worker/run-worker.js';
import { contents, temporary, tiltyard } from '../../support.js';

/** Everything that shares: pairs, relabelled pairs, both sides judged one by one, two sizes of a sampler. */
const dir = temporary();
const out = join(dir, 'out');
const pairs = '{ algorithm: dpo, start: sft, relabel: {by: reward}, params: {batchSize: 8, epochs: 1} }';
const judged = '{ algorithm: bco, start: sft, params: {batchSize: 8, epochs: 1} }';
const flags = ['stages.best-of-n.sweep={n: [2, 8]}', `stages.relabelled=${pairs}`, `stages.bco=${judged}`];
let runs: readonly StoredRun[];
beforeAll(async () => {
  const set = flags.flatMap((flag) => ['--set', flag]);
  const { code, stderr } = await tiltyard('run', 'smoke', '--seeds', '1', ...set, '--out', out);
  expect(code, stderr).toBe(0);
  ({ runs } = readExperiment(out));
}, 300_000);
const of = (label: string): StoredRun => runs.find((run) => run.spec.label === label)!;
const measured = (): MeasuredRow => readJson(runPaths(of('measure[sft]').dir).measured);

/** The output folder again, in which one run has only its plan. */
function begunAgain(label: string): { paths: RunPaths; copy: string; spec: RunSpec } {
  const copy = join(dir, `again-${label}-${readdirSync(dir).length}`);
  cpSync(out, copy, { recursive: true });
  const { spec } = of(label);
  const paths = runPaths(storePaths(copy).run(spec.id));
  for (const name of readdirSync(paths.dir))
    if (join(paths.dir, name) !== paths.run) rmSync(join(paths.dir, name), { recursive: true });
  return { paths, copy, spec };
}
const work = (spec: RunSpec, { dir: at }: RunPaths): Promise<string> =>
  runWorker(spec, at, { emit: () => {}, interrupted: () => false });

describe('a run that reads what others of its start share', () => {
  test.each(['dpo', 'relabelled', 'bco', 'ppo', 'best-of-n[n=2]', 'best-of-n[n=8]'])(
    '%s: has the rows, weights, figures and charged operations of one that does the work itself',
    async (label) => {
      const { spec, paths, copy } = begunAgain(label);
      const { measured: _, drawn, scored, ...inputs } = spec.inputs;
      expect(drawn !== undefined).toBe(label.startsWith('best-of-n'));
      expect(scored !== undefined).toBe(label === 'relabelled');
      expect(await work({ ...spec, inputs }, paths)).toBe('completed');
      const whole = of(label).outcome!;
      const alone = readJson<OutcomeRow>(paths.outcome);
      const { eval: own, ...charged } = alone.ledger.flops;
      const { eval: spared, ...alike } = whole.ledger.flops;
      expect(spared).toBeLessThan(own);
      // A sampler's part of a longer drawing is charged by its share: its own would have had its own lengths.
      // What stands in for padding hangs on which rows are computed beside.
      const { forward, ...exact } = charged;
      expect(Math.abs(forward / alike.forward - 1) || 0).toBeLessThan(0.05);
      if (drawn === undefined) expect(exact).toEqual({ ...alike, forward: undefined });
      else expect(Math.abs(charged.rollout / alike.rollout - 1)).toBeLessThan(0.3);
      expect({ ...alone.summary }).toEqual(whole.summary);
      expect(alone.ledger.tokensGenerated).toBe(whole.ledger.tokensGenerated);
      const compared = (folder: string): Record<string, string> =>
        Object.fromEntries(
          Object.entries(contents(folder))
            .filter(([name]) => name.startsWith(spec.id) && !name.endsWith('outcome.json'))
            .map(([name, text]) => [name, text.replaceAll(/"flops":[\d.]+/g, '')]),
        );
      expect(Object.keys(compared(out)).length).toBeGreaterThan(2);
      expect(compared(copy)).toEqual(compared(out));
    },
    180_000,
  );
});

test('gold rewards of draws are beside them, for the report alone', async () => {
  const draw = runs.find(({ spec }) => spec.kind === 'draw')!;
  const { draws, golds } = runPaths(draw.dir);
  const [drawn, known] = [readJsonl<DrawsRow>(draws), readJsonl<DrawGoldsRow>(golds)];
  expect(known.map(({ split }) => split)).toEqual(['validation', 'test', 'test']);
  const { module, params, baseDir } = draw.spec.dataset;
  const dataset = await (await loadExtension('dataset', module, baseDir)).open(params, 0, baseDir);
  const texts = new Map(
    (['validation', 'test'] as const).flatMap((split) =>
      dataset.prompts(split).map(({ id, prompt }) => [`${split} ${id}`, prompt]),
    ),
  );
  known.forEach(({ split, promptIds, n, golds: own }, i) => {
    expect([promptIds, n]).toEqual([drawn[i]!.promptIds, drawn[i]!.n]);
    const expected = drawn[i]!.completions.map((tokens, r) =>
      dataset.gold!(
        texts.get(`${split} ${promptIds[r % promptIds.length]!}`)!,
        dataset.tokenizer.decode(tokens),
      ),
    );
    expect(own).toEqual(expected);
  });
  expect(Object.keys(drawn[0]!).sort()).toEqual([
    'completions',
    'finished',
    'flops',
    'logps',
    'n',
    'promptIds',
    'scores',
    'stream',
  ]);
});

describe('a shared file', () => {
  const broken = async (
    label: string,
    from: string,
    file: 'measured' | 'draws' | 'scores',
    breaking: (path: string) => void,
  ): Promise<{ cause: OutcomeRow['cause']; path: string }> => {
    const { spec, paths, copy } = begunAgain(label);
    const path = runPaths(storePaths(copy).run(of(from).spec.id))[file];
    breaking(path);
    expect(await work(spec, paths)).toBe('failed');
    return { cause: readJson<OutcomeRow>(paths.outcome).cause, path };
  };
  const cases = [
    ['dpo', 'measure[sft]', 'measured'],
    ['best-of-n[n=2]', 'draw[sft,reward]', 'draws'],
    ['relabelled', 'score[reward]', 'scores'],
  ] as const;
  test.each(cases)('that is missing is refused by name: %s', async (label, from, file) => {
    const { cause, path } = await broken(label, from, file, (at) => rmSync(at));
    expect(cause).toMatchObject({ code: 'input-failed' }); // so that a resume tries again
    expect(cause!.message).toContain(`${path} is missing; delete `);
  });
  test.each(cases)('that was changed or cut is refused by name: %s', async (label, from, file) => {
    const { cause, path } = await broken(label, from, file, (at) => {
      const text = readFileSync(at, 'utf8');
      writeFileSync(at, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    });
    expect(cause!.code).toBe('input-failed');
    expect(cause!.message).toContain(`${path} is not what its run finished with (hash `);
  });
});

describe('what is shared', () => {
  test('has the figures of the start: KL 0, its own proxy nowhere, gold of independent draws', () => {
    const { samples, golds, logps } = measured();
    expect(samples.rows).toHaveLength(16);
    for (const row of samples.rows) {
      expect([row.proxy, 'chooser' in row, row.klRaoBlackwell]).toEqual([null, false, 0]);
      expect(row.logp).toBe(row.refLogp);
    }
    expect([golds!.validation!.length, golds!.test!.length, golds!.test![0]!.length]).toEqual([1, 2, 32]);
    expect(golds!.validation![0]).not.toEqual(samples.rows.map(({ gold }) => gold));
    expect([logps!.train.chosen.length, logps!.heldout.rejected.length]).toEqual([64, 16]);
  });
  test('lacks gold and test prompts where its readers may not see them', async () => {
    const { spec, paths } = begunAgain('measure[sft]');
    const evaluation = { ...spec.evaluation, blind: true as const };
    expect(await work({ ...spec, evaluation }, paths)).toBe('completed');
    const { samples, golds } = readJson<MeasuredRow>(paths.measured);
    expect(golds).toBeNull();
    expect(samples.rows.every(({ gold }) => gold === null)).toBe(true);
    const text = readFileSync(paths.measured, 'utf8');
    expect(text).toContain('"validation-0"');
    expect(text).not.toContain('"test-0"');
  });
  test('is booked as evaluation by the run that does the work', () => {
    for (const label of ['measure[sft]', 'draw[sft,reward]', 'score[reward]']) {
      const { eval: own, ...charged } = of(label).outcome!.ledger.flops;
      expect(own).toBeGreaterThan(0);
      expect(Object.values(charged)).toEqual([0, 0, 0, 0]);
      expect(of(label).outcome!.ledger.tokensGenerated).toBe(0);
    }
  });
  test('a sampler pays for the draws that it takes, in operations and in seconds', () => {
    const [two, eight] = [of('best-of-n[n=2]').outcome!, of('best-of-n[n=8]').outcome!];
    for (const phase of ['rollout', 'score'] as const) {
      expect(eight.ledger.flops[phase] / two.ledger.flops[phase]).toBeCloseTo(4, 6);
      expect(eight.clock.seconds[phase] / two.clock.seconds[phase]).toBeCloseTo(4, 3);
    }
    expect(two.clock.seconds.rollout).toBeGreaterThan(0);
  });
  test('draws are of a stream for each sample of a split', () => {
    const rows = readJsonl<DrawsRow>(runPaths(of('draw[sft,reward]').dir).draws);
    expect(rows.map(({ stream }) => stream.slice(stream.indexOf('evaluat')))).toEqual([
      'evaluation/evaluate/validation/0',
      'evaluation/evaluate/test/0',
      'evaluation/evaluate/test/1',
    ]);
    expect(rows[1]!.completions).toHaveLength(8 * 32);
    expect(rows[1]!.completions).not.toEqual(rows[2]!.completions);
  });
});

test('rewards of the pairs that a run labels anew are held to be of these pairs', async () => {
  const { spec, paths, copy } = begunAgain('relabelled');
  const scored = runPaths(storePaths(copy).run(of('score[reward]').spec.id));
  const row = readJson<PairScoresRow>(scored.scores);
  expect(row.scores).toHaveLength(64);
  writeFileSync(scored.scores, JSON.stringify({ ...row, scores: row.scores.slice(1) }));
  const outcome = readJson<OutcomeRow>(scored.outcome);
  writeFileSync(scored.outcome, JSON.stringify({ ...outcome, sharedHash: hashFile(scored.scores) }));
  expect(await work(spec, paths)).toBe('failed');
  expect(readJson<OutcomeRow>(paths.outcome).cause!.message).toContain(
    `${spec.inputs.scored} has rewards of 63 pairs, there are 64`,
  );
});

test('a label that a reward turned round takes its log-probabilities along', () => {
  const pair = (chosen: string, rejected: string): PairRow => ({
    id: chosen,
    prompt: '',
    chosen,
    rejected,
    margin: null,
    goldChosen: null,
    goldRejected: null,
  });
  const train = { chosen: [-1, -2], rejected: [-3, -4], flops: 7 };
  const row = { samples: { rows: [], completions: [] }, golds: null, logps: { train, heldout: train } };
  const spec = { stage: 'x', inputs: {} } as unknown as RunSpec;
  const [collected, rows] = [
    [pair('a', 'b'), pair('c', 'd')],
    [pair('a', 'b'), pair('d', 'c')],
  ];
  const known = knownLogps(spec, row, 'own', collected, rows)!;
  expect([...known.chosen]).toEqual([-1, -4]);
  expect([...known.rejected]).toEqual([-3, -2]);
  expect(() => knownLogps(spec, row, 'own', collected.slice(1), rows.slice(1))).toThrow(
    /has log-probabilities of 2 pairs, there are 1/,
  );
});

test('booked work counts where it is charged, and not while work is repeated', async () => {
  const meter = new Meter();
  meter.book('forward', 5, 0.5);
  await meter.charge('eval', async () => meter.book('forward', 3));
  expect(meter.totals()).toMatchObject({ flops: { forward: 5, eval: 3 }, seconds: { forward: 0.5 } });
  meter.resume(meter.totals());
  meter.book('forward', 100);
  meter.goOn();
  meter.book('forward', 1);
  expect(meter.totals().flops.forward).toBe(6);
});
