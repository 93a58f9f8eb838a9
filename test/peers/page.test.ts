import { describe, expect, test } from 'vitest';

// Plain JavaScript on the build, as the other scripts here.
const load = async (name: string): Promise<Record<string, (...args: unknown[]) => unknown>> =>
  import(new URL(`speed/${name}.mjs`, import.meta.url).href);
const { performancePage } = (await load('page')) as { performancePage: (found: object) => string };
const { pairedRatio, ofSums, mustAgree } = (await load('statistics')) as {
  pairedRatio: (
    theirs: number[],
    ours: number[],
    of: unknown,
    label: string,
  ) => { ratio: number; interval: number[] };
  ofSums: unknown;
  mustAgree: (what: string, ours: number[], theirs: number[], tolerance: number) => number;
};

const of = (ratio: number) => ({ ratio, interval: [ratio - 0.1, ratio + 0.1] });
const peer = (kind: string, ratio: number, cpu: number) => ({
  kind,
  versions: { torch: '2.13.0' },
  wall: of(ratio),
  cpu: of(cpu),
  stepsAlone: { wall: of(ratio), cpu: of(cpu) },
  gap: 1e-7,
});
const epoch = (name: string, eager: number, trl: number) => ({
  name,
  pairs: 2000,
  ours: { ms: 1500, cpu: 1.4 },
  peers: [peer('eager', eager, 1), peer('trl', trl, 1)],
});
const found = (cpuModel: string, load: number) => ({
  environment: {
    cpuModel,
    cores: 2,
    memoryBytes: 2 ** 34,
    platform: 'linux',
    nodeVersion: 'v20',
    gitCommit: 'abcdef0123',
    versions: { 'onnxruntime-node': '1.30.0' },
  },
  settings: { threads: 2 },
  commands: ['node test/peers/compare.mjs'],
  load: [[load], [load]],
  seconds: 600,
  dpo: [epoch('reviews D64', 2, 8), epoch('hh D256', 1.5, 2)],
  memory: [
    { name: 'hh D256', steps: 8, known: { ours: 3e9, eager: 2e9 }, computed: { ours: 4e9, eager: 2e9 } },
  ],
});

describe('performance.md', () => {
  const bar = (page: string, what: string): string => page.split('\n').find((line) => line.includes(what))!;

  test('judges the geometric mean by who made the processor', () => {
    const intel = performancePage(found('Intel Xeon', 1));
    expect(bar(intel, 'against PyTorch eager')).toMatch(/at least 1.5 \| 1\.73 \| met/);
    expect(bar(intel, "against TRL's")).toMatch(/at least 4 \| 4\.00 \| met/);
    const amd = performancePage(found('AMD EPYC', 1));
    expect(bar(amd, 'against PyTorch eager')).toMatch(/at least 2 \| 1\.73 \| \*\*missed\*\*/);
    expect(bar(amd, "against TRL's")).toMatch(/at least 5 \| 4\.00 \| \*\*missed\*\*/);
    expect(bar(amd, 'peak memory')).toMatch(/at most 1 \| 1\.50 \| \*\*missed\*\*/);
    expect(amd).toContain('AMD EPYC, 2 cores');
    expect(amd).toContain('torch 2.13.0');
  });
  test('says that other work ran, and judges by CPU seconds then', () => {
    const page = performancePage(found('Intel Xeon', 9));
    expect(page).toContain('Other work ran on the machine meanwhile** (load before and after: 9.0, 9.0,');
    expect(bar(page, 'against PyTorch eager')).toMatch(/at least 1.5 \| 1\.00 \| \*\*missed\*\*/);
    expect(performancePage(found('Intel Xeon', 1))).not.toContain('Other work');
  });
});

describe('rounds', () => {
  test('give the ratio of sums, with an interval that resamples them together', () => {
    const { ratio, interval } = pairedRatio([2, 4, 6, 8], [1, 2, 3, 4], ofSums, 'test');
    expect([ratio, ...interval]).toEqual([2, 2, 2]);
    const wide = pairedRatio([1, 4, 1, 4], [1, 1, 1, 1], ofSums, 'test');
    expect(wide.ratio).toBe(2.5);
    expect(wide.interval[0]).toBeLessThan(2.5);
    expect(wide.interval[1]).toBeGreaterThan(2.5);
  });
  test('of different things are refused', () => {
    expect(mustAgree('loss', [0.5, 0.25], [0.5, 0.2501], 1e-3)).toBeCloseTo(1e-4, 8);
    expect(() => mustAgree('loss', [0.5], [0.6], 1e-3)).toThrow(/loss: the two sides differ by 0\.09/);
    expect(() => mustAgree('loss', [Number.NaN], [0.6], 1e-3)).toThrow('differ by NaN');
    expect(() => mustAgree('loss', [0.5], [0.5, 0.5], 1e-3)).toThrow('differ');
  });
});
