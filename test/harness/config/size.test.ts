import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';

const draft = (stages: object, more: object = {}): object => ({
  name: 'sizes',
  dataset: { name: 'bandit' },
  policy: { kind: 'tabular' },
  seeds: 1,
  stages: { base: { algorithm: 'sft', completions: 'corpus' }, ...stages },
  ...more,
});
const resolve = (stages: object, more: object = {}, set: string[] = []) =>
  resolveExperiment(draft(stages, more), 'file.yaml', { set });
const sft = { algorithm: 'sft', completions: 'corpus' };

describe('names that every object has', () => {
  test.each(['toString', 'constructor', 'hasOwnProperty', '__proto__'])('%s is no stage', (name) => {
    const stages = JSON.parse(`{ "${name}": ${JSON.stringify(sft)} }`) as object;
    const draft = { ...(resolveDraft(stages) as object) };
    expect(() => resolveExperiment(draft, 'file.yaml')).toThrow(`'${name}' is not a usable name`);
  });
  test.each(['toString', '__proto__', 'constructor'])('a reference to %s is to nothing', async (name) => {
    const experiment = resolve({ mine: { ...sft, start: name } });
    await expect(makePlan(experiment, '.', 'file.yaml')).rejects.toThrow(
      `file.yaml: stage mine: start: unknown stage '${name}'; known: base, mine`,
    );
  });
  test.each(['__proto__.x=1', 'stages.__proto__.x=1', 'constructor.prototype.x=1', 'budget.toString=1'])(
    '--set %s changes nothing',
    (assignment) => {
      expect(() => resolve({}, {}, [assignment])).toThrow(/is no key of an experiment$/);
      expect(({} as { x?: number }).x).toBeUndefined();
    },
  );
});

describe('sizes that no one means', () => {
  test('thousands of keys that there are not: four are said, the others counted, in no time', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`seeds${i}`, i]));
    const began = process.cpuUsage();
    expect(() => resolve({}, many)).toThrow(/unknown key 'seeds3'.*; and 9996 more$/);
    expect(process.cpuUsage(began).user).toBeLessThan(5e6);
  });
  test('seeds', () => {
    expect(() => resolve({}, { seeds: 1_000_000 })).toThrow(/'seeds' must be <= 20000, got 1000000/);
  });
  test('stages', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`s${i}`, sft]));
    expect(() => resolve(many)).toThrow(/must NOT have more than 500/);
  });
  test('a name that the file system cannot hold', () => {
    expect(() => resolve({ ['x'.repeat(65)]: sft })).toThrow(/is not a usable name; .*64 at most/);
  });
  test("the experiment's own name, and folders of swept values", async () => {
    expect(() => resolve({}, { name: 'x'.repeat(65) })).toThrow(/'name' must NOT have more than 64/);
    const values = Array.from({ length: 2 }, (_, i) => 1.2345678901234e-5 * (i + 1));
    const names = ['learningRate', 'weightDecay', 'maxGradNorm'];
    const sweep = Object.fromEntries(names.map((name) => [name, values]));
    const [first, second] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string];
    const experiment = resolve({ [first]: { ...sft, sweep }, [second]: { ...sft, start: first, sweep } });
    const ids = (await makePlan(experiment, '.', 'file.yaml')).runs.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...ids.map((id) => id.length))).toBeGreaterThan(170);
    for (const id of ids) expect(id.length).toBeLessThan(200);
  });
  test('runs, before they are laid out: sweeps multiply along what a stage starts from', async () => {
    const sweep = (param: string, n: number) => ({
      [param]: Array.from({ length: n }, (_, i) => 1e-4 * (i + 1)),
    });
    const experiment = resolve(
      {
        a: { ...sft, sweep: sweep('learningRate', 100) },
        b: { ...sft, start: 'a', sweep: sweep('learningRate', 100) },
      },
      { seeds: 2 },
    );
    await expect(makePlan(experiment, '.', 'file.yaml')).rejects.toThrow(
      'file.yaml: plans 20202 runs (2 seeds x 10101 configurations), and 20000 is the most',
    );
  });
});

function resolveDraft(stages: object): object {
  return { ...draft({}), stages };
}
