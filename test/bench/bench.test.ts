import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { root, temporary } from '../support.js';
import { ratiosOf } from './comparison.js';
import { optionsOf } from './options.js';
import { type BenchResult, type CaseResult, readResult } from './result.js';
import { hhWorld, reviewsWorld } from './worlds.js';
import { MODELS } from './sizes.js';

const dir = temporary();
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'dist', 'test', 'bench', 'bench.js'), ...args], {
    encoding: 'utf8',
  });
const json = join(dir, 'now.json');
const read = (): BenchResult => JSON.parse(readFileSync(json, 'utf8')) as BenchResult;

/** The measured file with other times. */
function earlier(change: (each: CaseResult) => CaseResult, more: Partial<BenchResult> = {}): string {
  const path = join(dir, 'earlier.json');
  const now = read();
  writeFileSync(path, JSON.stringify({ ...now, cases: now.cases.map(change), ...more }));
  return path;
}
const times =
  (factor: number) =>
  (each: CaseResult): CaseResult => ({ ...each, ms: each.ms.map((ms) => ms * factor) });

describe('npm run bench', () => {
  let said = '';
  const markdown = join(dir, 'now.md');
  beforeAll(() => {
    const all = 'products,dpo,sft,ppo,generation,reward,evaluation,start-warm,planning';
    const run = bench(
      '--only',
      all,
      '--sizes',
      '64',
      '--rounds',
      '1',
      '--json',
      json,
      '--markdown',
      markdown,
    );
    expect(run.status, run.stderr).toBe(0);
    said = run.stdout;
  });

  test('times every part, and says of what machine', () => {
    const { format, environment, setting, cases } = read();
    expect(format).toBe(1);
    expect(environment).toMatchObject({ cores: expect.any(Number), nodeVersion: process.version });
    expect(environment.versions['onnxruntime-node']).toBe('1.30.0');
    expect(setting).toMatchObject({ device: 'cpu', threads: expect.any(Number) });
    const sized = ['products', 'dpo', 'sft', 'ppo', 'generation', 'reward', 'evaluation'];
    const names = [...sized.map((name) => `${name} D64`), 'start-warm', 'planning'];
    expect(cases.map(({ name }) => name)).toEqual(names);
    for (const { name, ms, work } of cases) {
      expect(ms, name).toEqual([expect.any(Number)]);
      expect(ms[0], name).toBeGreaterThan(0);
      if (name !== 'start-warm') expect(work!.amount, name).toBeGreaterThan(0);
    }
    for (const text of [said, readFileSync(markdown, 'utf8')]) {
      expect(text).toContain(environment.cpuModel);
      expect(text).toContain('dpo D64');
    }
  });

  test('is slower than a file whose times are a hundredth: exit code 1', () => {
    const run = bench('--only', 'planning', '--rounds', '2', '--compare', earlier(times(0.01)));
    expect(run.status, run.stderr).toBe(1);
    expect(run.stdout).toMatch(/planning .*\d\.\d\d \[\d+\.\d\d, \d+\.\d\d\] slower/);
  });

  test('is not slower than one whose times are a hundred times as long', () => {
    const run = bench('--only', 'planning', '--rounds', '2', '--compare', earlier(times(100)));
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).not.toContain('slower');
  });

  test.each([
    ['another machine', { environment: { cpuModel: 'abacus' } }, /earlier file is of abacus.*not compared/],
    ['another format', { format: 0 }, /format is 0, wanted 1/],
  ])('refuses a file of %s: exit code 2', (_, more, message) => {
    const file = earlier((each) => each, more as unknown as Partial<BenchResult>);
    const run = bench('--only', 'planning', '--rounds', '1', '--compare', file);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });

  test('refuses what it does not know: exit code 2', () => {
    const run = bench('--only', 'dop');
    expect(run.stderr).toMatch(/^bench: unknown part 'dop'; did you mean 'dpo'\?.*\n$/);
    expect(run.status).toBe(2);
  });
});

test.each([
  [['--only', 'dop'], "unknown part 'dop'; did you mean 'dpo'?"],
  [['--device', 'tpu'], "unknown device 'tpu'"],
  [['--sizes', '65'], 'there is no size 65; known: 64, 128, 256, 512'],
  [['--rounds', '0'], "--rounds wants whole numbers above 0, got '0'"],
  [['--threshold', '0.9'], "--threshold wants a ratio of 1 or more, got '0.9'"],
  [['--jsn', 'x'], "Unknown option '--jsn'"],
])('options %j are refused', (args, message) => expect(() => optionsOf(args)).toThrow(message));
test('a file that is not there is refused', () =>
  expect(() => readResult('/no/such.json')).toThrow('/no/such.json: cannot be read as JSON'));

describe('ratiosOf', () => {
  const result = (ms: readonly number[], name = 'dpo D64'): BenchResult => {
    const one = { name, what: '', ms, cpuMs: null, work: null, bar: null };
    const environment = { cpuModel: 'abacus', cores: 2 } as BenchResult['environment'];
    return { format: 1, environment, setting: { device: 'cpu', threads: 2 }, load: [0, 0], cases: [one] };
  };
  const near = (middle: number): number[] => [0.98, 0.99, 1, 1, 1.01, 1.02].map((x) => x * middle);

  test('is the ratio of medians, with an interval around it', () => {
    const [{ ratio, interval, isSlower } = never()] = ratiosOf(result(near(20)), result(near(10)), 1.1);
    expect(ratio).toBeCloseTo(2, 10);
    expect(interval[0]).toBeGreaterThan(1.9);
    expect(interval[0]).toBeLessThan(2);
    expect(interval[1]).toBeGreaterThan(2);
    expect(isSlower).toBe(true);
  });
  test('is slower only where the whole interval lies above the threshold', () => {
    const slower = (threshold: number): boolean =>
      ratiosOf(result([8, 10, 12, 14]), result([9, 10, 11]), threshold)[0]!.isSlower;
    expect(slower(1.1)).toBe(false);
    expect(ratiosOf(result(near(12)), result(near(10)), 1.1)[0]!.isSlower).toBe(true);
    expect(ratiosOf(result(near(12)), result(near(10)), 1.3)[0]!.isSlower).toBe(false);
  });
  test('refuses files without a case in common', () => {
    expect(() => ratiosOf(result([1]), result([1], 'sft D64'), 1.1)).toThrow(
      /shares no case; it has: sft D64/,
    );
  });
});

const never = (): never => {
  throw new Error('nothing was compared');
};

describe('rows', () => {
  test('of reviews: 2,000 pairs of one prompt each, by gold, of many lengths', () => {
    const { pairs, dataset } = reviewsWorld(MODELS[0]!);
    expect(pairs).toHaveLength(2000);
    const text = (ids: readonly number[]): string => dataset.tokenizer!.decode(ids);
    for (const { chosen, rejected } of pairs.slice(0, 50)) {
      expect(chosen.prompt).toEqual(rejected.prompt);
      const gold = (row: typeof chosen) => dataset.gold!(text(row.prompt), text(row.completion));
      expect(gold(chosen)).toBeGreaterThanOrEqual(gold(rejected));
    }
    expect(new Set(pairs.map(({ chosen }) => chosen.completion.length)).size).toBeGreaterThan(10);
  });
  test('as long as those of HH: 500 pairs within 256 and 128 tokens, few at the bound', () => {
    const { pairs } = hhWorld(MODELS[0]!);
    expect(pairs).toHaveLength(500);
    const share = (of: (pair: (typeof pairs)[number]) => number, bound: number): number => {
      expect(Math.max(...pairs.map(of))).toBe(bound);
      return pairs.filter((pair) => of(pair) === bound).length / 500;
    };
    expect(share(({ chosen }) => chosen.prompt.length, 256)).toBeCloseTo(0.2, 1);
    expect(share(({ rejected }) => rejected.completion.length, 128)).toBeCloseTo(0.15, 1);
  });
});

test('the device is handed on to the engine', () => {
  expect(optionsOf(['--device', 'cuda', '--threads', '1']).setting).toEqual({ device: 'cuda', threads: 1 });
});
