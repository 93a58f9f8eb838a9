import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OutsideBench } from '../../../../harness/conformance/outside-bench.js';
import type { AlgorithmPlugin } from '../../../../harness/contracts/plugin.js';
import { withDefaults } from '../../../../harness/conformance/bench.js';
import { Diverged } from '../../../../harness/worker/loop.js';
import { TimedOut } from '../../../../harness/worker/timed-out.js';
import { nudge } from './support.js';

/** A real process each, on a job that a small transformer and 256 pairs make. */
let plugin: AlgorithmPlugin;
const benches: OutsideBench[] = [];
const bench = (params: Record<string, unknown> = {}): OutsideBench => {
  const made = new OutsideBench(plugin, withDefaults(plugin, { batchSize: 64, ...params }));
  benches.push(made);
  return made;
};
beforeAll(async () => {
  plugin = await nudge();
});
afterAll(() => {
  for (const made of benches) made.dispose();
});

describe('a trainer outside', () => {
  test('takes its steps in order, and leaves a model that has moved', async () => {
    const { steps, first, ledger, weights } = await bench().run();
    expect(first).toBe(1);
    expect(steps.map(({ loss }) => loss)).toEqual([1, 2, 3, 4].map((step) => Math.LN2 / step));
    expect(ledger.versions).toMatchObject({ nudge: '1.2.3' });
    expect([...weights.keys()].some((name) => name.includes('wte'))).toBe(true);
  });
  test.each([
    ['fails', /its trainer \S+ ended with exit code 1: .*the trainer ran out of luck/],
    ['killed', /its trainer \S+ ended with signal SIGKILL: it said nothing/],
    ['no-start', /\/nowhere\/trainer could not be started: spawn \/nowhere\/trainer ENOENT/],
    ['no-metrics', /ended and reported no step in /],
    ['torn-metrics', /metrics after step 1: .* is no JSON/],
    ['bad-metrics', /step 2: metric 'loss' should be a number, got string/],
    ['no-output', /it left no model in /],
    ['nan-weights', /the model that it left cannot be read: .*holds NaN/],
    [
      'other-shape',
      /the model that it left cannot be read: .*wte.weight' is \[8, 16\], .* asks for \[8, 32\]/,
    ],
    ['other-heads', /another configuration than its start: n_head is 4, that of its start 2/],
    ['other-tokenizer', /has another tokenizer than its start; leave tokenizer\.json as it was/],
    ['no-ledger', /its ledger \S+ is not there/],
    ['bad-ledger', /tokens\.generated should be a whole number, is missing/],
  ])('that does wrong is refused in one message: %s', async (mistake, message) => {
    await expect(bench({ mistake }).run()).rejects.toThrow(message);
  });
  test('a number that is not finite is a divergence, and ends it', async () => {
    await expect(bench({ mistake: 'nan-metrics' }).run()).rejects.toThrow(Diverged);
  });
  test('its budget of steps stops it; one that goes on is ended', async () => {
    const { steps, ledger } = await bench().run({ maxSteps: 2 });
    expect([steps.length, ledger.stopped]).toEqual([2, 'steps']);
    const message = /took step 3, and its budget has 2; a trainer stops at job\.budget\.maxSteps/;
    await expect(bench({ mistake: 'over-budget' }).run({ maxSteps: 2 })).rejects.toThrow(message);
  });
  test('its budget of seconds stops it; one that does not stop is ended, and what it started', async () => {
    const { ledger } = await bench({ slow: 200 }).run({ maxSeconds: 0.3 });
    expect(ledger.stopped).toBe('seconds');
    const never = bench({ mistake: 'never-stops', slow: 4000 }).run({ maxSeconds: 0.3, grace: 0.2 });
    await expect(never).rejects.toThrow(TimedOut);
  });
  test('interrupted, it ends with what it started', async () => {
    const outside = bench({ mistake: 'leaves-child', slow: 100 });
    const job = await outside.interrupted();
    expect(job).not.toBeNull();
    expect(outside.processes(job!)).toEqual([]);
  });
});
