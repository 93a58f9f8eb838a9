import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunHost } from '../../../harness/run/host.js';
import type { Progress } from '../../../harness/run/progress/progress.js';
import { isFinal } from '../../../harness/run/final.js';
import { runAll } from '../../../harness/run/schedule.js';
import { readJson, writeJsonAtomic } from '../../../harness/store/atomic.js';
import type { StoredRun } from '../../../harness/store/read.js';
import type { Outcome, OutcomeRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { temporary } from '../../support.js';

const root = temporary();
let folders = 0;

/** Runs by id, each with the ids of its inputs. */
function runs(
  inputs: Readonly<Record<string, readonly string[]>>,
  done: readonly string[] = [],
): StoredRun[] {
  const folder = join(root, String(folders++));
  return Object.entries(inputs).map(([id, [start = null, reward = null]]): StoredRun => {
    const dir = join(folder, id);
    mkdirSync(dir, { recursive: true });
    const spec = { id, algorithm: null, inputs: { start, reward, pairs: null, proxy: null } };
    return {
      spec: spec as Partial<RunSpec> as RunSpec,
      dir,
      outcome: done.includes(id) ? outcome('completed') : null,
    };
  });
}
const outcome = (how: Outcome): OutcomeRow =>
  ({ outcome: how, cause: null, clock: { wallSeconds: 1 } }) as OutcomeRow;

/** Runs them with workers that end as `ends` says (else completed), and tells what happened, in order. */
async function schedule(
  given: readonly StoredRun[],
  jobs: number,
  ends: Readonly<Record<string, Outcome | 'dies'>> = {},
  onStart: (id: string, abort: AbortController) => void = () => {},
  retryFailed = false,
): Promise<{ log: string[]; most: number }> {
  const log: string[] = [];
  let active = 0;
  let most = 0;
  const abort = new AbortController();
  const progress: Progress = {
    planned: (waiting, already) =>
      log.push(`${waiting.length + already.length} runs, ${already.length} done`),
    started: ({ id }) => log.push(`start ${id}`),
    ended: ({ id }, { outcome: how, cause }) =>
      log.push(`${how} ${id}${cause === null ? '' : ` ${cause.code}`}`),
    foreseen: () => {},
    event: () => {},
    note: () => {},
    close: () => log.push('closed'),
  };
  const host: RunHost = {
    progress,
    signal: abort.signal,
    report: async () => ({ path: '', headline: null, damages: [] }),
    launcher: {
      async launch({ id }, dir, { concurrent }) {
        expect(concurrent).toBe(jobs > 1);
        onStart(id, abort);
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 5));
        active--;
        const how = ends[id] ?? 'completed';
        if (how !== 'dies') writeJsonAtomic(join(dir, 'outcome.json'), outcome(how));
        return {
          exitCode: how === 'dies' ? null : 0,
          signal: how === 'dies' ? 'SIGKILL' : null,
          printed: 'oops',
        };
      },
    },
  };
  await runAll(given, { jobs, retryFailed }, host);
  return { log, most };
}

describe('the schedule', () => {
  test('one at a time: in the order of the plan, each after its inputs', async () => {
    const { log, most } = await schedule(runs({ a: [], b: ['a'], c: [], d: ['b', 'c'] }), 1);
    const order = ['a', 'b', 'c', 'd'].flatMap((id) => [`start ${id}`, `completed ${id}`]);
    expect(log).toEqual(['4 runs, 0 done', ...order, 'closed']);
    expect(most).toBe(1);
  });
  test('several at a time: no more than allowed, and none before its inputs', async () => {
    const { log, most } = await schedule(runs({ a: [], b: ['a'], c: [], d: [], e: ['b', 'c'] }), 2);
    expect(most).toBe(2);
    expect(log.slice(1, 3)).toEqual(['start a', 'start c']);
    expect(log.indexOf('start b')).toBeGreaterThan(log.indexOf('completed a'));
    expect(log.indexOf('start e')).toBeGreaterThan(log.indexOf('completed b'));
  });
  test('several at a time begin with what most waits for', async () => {
    const { log } = await schedule(runs({ a: [], b: [], c: [], d: ['c'], e: ['d'], f: ['b'] }), 2);
    expect(log.filter((line) => line.startsWith('start'))).toEqual(
      ['c', 'b', 'd', 'a', 'e', 'f'].map((id) => `start ${id}`),
    );
  });
  test('what is final is left alone, and counts as an input', async () => {
    const { log } = await schedule(runs({ a: [], b: ['a'] }, ['a']), 1);
    expect(log).toEqual(['2 runs, 1 done', 'start b', 'completed b', 'closed']);
  });
  test('a run whose input failed is recorded as failed, and so on from there; the others go on', async () => {
    const given = runs({ a: [], b: ['a'], c: ['b'], d: [] });
    const { log } = await schedule(given, 1, { a: 'diverged' });
    expect(log).toEqual([
      '4 runs, 0 done',
      'start a',
      'diverged a',
      'failed b input-failed',
      'failed c input-failed',
      'start d',
      'completed d',
      'closed',
    ]);
    const { cause } = readJson<OutcomeRow>(join(given[1]!.dir, 'outcome.json'));
    expect(cause).toMatchObject({ message: 'its input a ended as diverged', phase: 'launch' });
  });
  test.each(['timed-out', 'budget-spent'] as const)('what a %s run left can be built on', async (how) => {
    const { log } = await schedule(runs({ a: [], b: ['a'] }), 1, { a: how });
    expect(log).toContain('completed b');
  });
  test('a worker that dies without an outcome fails with how it died; a resume tries it again', async () => {
    const given = runs({ a: [] });
    await schedule(given, 1, { a: 'dies' });
    const row = readJson<OutcomeRow>(join(given[0]!.dir, 'outcome.json'));
    expect(row.cause).toMatchObject({
      code: 'process-died',
      message: expect.stringMatching(
        /ended with signal SIGKILL before it wrote an outcome: oops; /,
      ) as string,
    });
    expect(isFinal({ ...given[0]!, outcome: row })).toBe(false);
    expect(isFinal({ ...given[0]!, outcome: outcome('diverged') })).toBe(true);
  });
  test('what waits for a run whose worker was stopped from outside waits on, and the job ends', async () => {
    const given = runs({ a: [], b: ['a'], c: [] });
    const { log } = await schedule(given, 1, { a: 'interrupted' });
    expect(log.slice(1)).toEqual(['start a', 'start c', 'completed c', 'closed']);
    expect(isFinal({ ...given[0]!, outcome: outcome('interrupted') })).toBe(false);
  });
  test('what failed for good is tried again where that is wanted, what can pass in any case', async () => {
    const ends = ['failed', 'diverged', 'timed-out', 'completed', 'failed'] as const;
    const given = runs({ a: [], b: [], c: [], d: [], e: [] }, ['a', 'b', 'c', 'd', 'e']).map((run, i) => ({
      ...run,
      outcome: {
        ...outcome(ends[i]!),
        cause: i === 4 ? { code: 'system', message: '', plugin: null, phase: 'train', step: 0 } : null,
      },
    }));
    const started = async (retryFailed: boolean): Promise<string[]> => {
      const { log } = await schedule(given, 1, {}, () => {}, retryFailed);
      return log.filter((line) => line.startsWith('start'));
    };
    expect(await started(false)).toEqual(['start e']);
    expect(await started(true)).toEqual(['start a', 'start b', 'start c', 'start e']);
  });
  test('an interruption starts nothing more, and an interrupted run has not ended', async () => {
    const stop = (id: string, abort: AbortController): void => {
      if (id === 'b') abort.abort();
    };
    const { log } = await schedule(runs({ a: [], b: [], c: [] }), 1, { b: 'interrupted' }, stop);
    expect(log).toEqual(['3 runs, 0 done', 'start a', 'completed a', 'start b', 'closed']);
  });
});
