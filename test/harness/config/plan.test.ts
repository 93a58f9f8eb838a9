import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalJson, hashOf } from '../../../harness/hash.js';
import { runId } from '../../../harness/config/identity.js';
import { load, type LoadedExperiment } from '../../../harness/config/load.js';
import { makePlan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import { configurations } from '../../../harness/config/tuning.js';
import { root } from '../../support.js';
import { resolved } from './support.js';
import type { RunSpec } from '../../../harness/store/spec.js';

const raw = {
  name: 'x',
  seeds: 2,
  dataset: { name: 'reviews' },
  collect: { from: 'base' },
  stages: {
    base: { algorithm: 'sft', completions: 'corpus' },
    sft: { algorithm: 'sft', start: 'base' },
    swept: { algorithm: 'dpo', start: 'sft', sweep: { beta: [0.1, 0.5], labelSmoothing: [0, 0.1] } },
    reward: { algorithm: 'bt-reward', start: 'sft', sweep: { penalty: [0, 0.01] } },
    ppo: { algorithm: 'ppo-rlhf', start: 'sft', reward: 'reward' },
  },
};
const plan = async (
  change: (draft: typeof raw & Record<string, unknown>) => void = () => {},
): Promise<readonly RunSpec[]> => {
  const draft = structuredClone(raw) as typeof raw & Record<string, unknown>;
  change(draft);
  return (await makePlan(resolveExperiment(draft, 'test'), '/', 'test')).runs;
};

describe('the plan', () => {
  test('inputs come before what needs them; shared stages once per seed; sweeps multiply', async () => {
    const runs = await plan();
    const one = runs.filter((r) => r.seed === 0);
    expect(one.map((r) => r.label)).toEqual([
      'base',
      'collect',
      'sft',
      'measure[sft]',
      'swept[beta=0.1,labelSmoothing=0]',
      'swept[beta=0.1,labelSmoothing=0.1]',
      'swept[beta=0.5,labelSmoothing=0]',
      'swept[beta=0.5,labelSmoothing=0.1]',
      'reward[penalty=0]',
      'reward[penalty=0.01]',
      'ppo[reward[penalty=0]]',
      'ppo[reward[penalty=0.01]]',
    ]);
    const seen = new Set<string>();
    for (const run of runs) {
      for (const id of Object.values(run.inputs))
        if (id !== null) expect(seen.has(id), `${run.id} before ${id}`).toBe(true);
      seen.add(run.id);
    }
    expect(new Set(runs.map((r) => r.id)).size).toBe(24);
  });
  test('defaults are filled and frozen', async () => {
    const [base] = await plan();
    expect(base!.algorithm!.params).toMatchObject({ batchSize: 32, schedule: 'linear', maxGradNorm: 1 });
    const { experiment } = load('smoke') as LoadedExperiment;
    expect(() => {
      (experiment.stages as Record<string, unknown>)['new'] = {};
    }).toThrow(TypeError);
  });
  test('stages that others build on, and rewards, are shared', async () => {
    const roles = Object.fromEntries((await plan()).map((r) => [r.stage, r.role]));
    expect(roles).toMatchObject({
      base: 'shared',
      sft: 'shared',
      reward: 'shared',
      swept: 'compared',
      ppo: 'compared',
    });
  });
});

/** The plan's stages without sweeps, one seed. */
const single = (
  change: (draft: typeof raw & Record<string, unknown>) => void = () => {},
): Promise<readonly RunSpec[]> =>
  plan((d) => {
    d.seeds = 1;
    for (const stage of Object.values(d.stages)) delete (stage as Record<string, unknown>)['sweep'];
    change(d);
  });
const stageOf = (draft: typeof raw, name: keyof typeof raw.stages): Record<string, unknown> =>
  draft.stages[name] as Record<string, unknown>;

describe('the proxy', () => {
  const proxies = (runs: readonly RunSpec[]): Record<string, string | null> =>
    Object.fromEntries(
      runs.map((r) => [
        r.label,
        r.inputs.proxy === null ? null : runs.find((x) => x.id === r.inputs.proxy)!.label,
      ]),
    );
  test('is the only reward stage, for compared runs without a reward, which come after it', async () => {
    const runs = await single();
    expect(proxies(runs)).toEqual({
      base: null,
      collect: null,
      sft: null,
      reward: null,
      'measure[sft]': null,
      swept: 'reward',
      ppo: null,
    });
    expect(runs.map((r) => r.label)).toEqual([
      'base',
      'collect',
      'sft',
      'reward',
      'measure[sft]',
      'swept',
      'ppo',
    ]);
  });
  test('is nobody where the reward is swept, or where there are two; a named one counts', async () => {
    expect(Object.values(proxies(await plan())).every((x) => x === null)).toBe(true);
    const two = (d: typeof raw & Record<string, unknown>): void => {
      (d.stages as Record<string, unknown>)['other'] = { algorithm: 'bt-reward', start: 'sft' };
    };
    expect(proxies(await single(two))['swept']).toBeNull();
    expect(
      proxies(
        await single((d) => {
          two(d);
          d['evaluation'] = { proxy: 'other' };
        }),
      ),
    ).toMatchObject({ swept: 'other', ppo: null });
  });
  test('does not score what it is made of, even where that is compared', async () => {
    expect(
      proxies(
        await single((d) => {
          stageOf(d, 'sft')['role'] = 'compared';
          stageOf(d, 'base')['role'] = 'compared';
        }),
      ),
    ).toMatchObject({ base: null, sft: null, swept: 'reward' });
  });
  test('is part of what decides a run, and not of its evaluation', async () => {
    const [one, other] = [
      await single(),
      await single((d) => {
        stageOf(d, 'reward')['params'] = { penalty: 0.5 };
      }),
    ];
    const id = (runs: readonly RunSpec[]): string => runs.find((r) => r.label === 'swept')!.id;
    expect(id(one)).not.toBe(id(other));
    expect(Object.keys(one[0]!.evaluation)).toEqual(['every', 'prompts', 'testPrompts', 'samplesPerPrompt']);
  });
  test.each([
    ['rewards', /evaluation\.proxy: unknown stage 'rewards'; did you mean 'reward'\?/],
    [
      'swept',
      /evaluation\.proxy: swept is dpo, which gives a policy; name a stage whose plugin gives a reward/,
    ],
  ])('%s is refused', async (proxy, message) => {
    await expect(
      single((d) => {
        d['evaluation'] = { proxy };
      }),
    ).rejects.toThrow(message);
  });
  test('a swept one is refused, by its own sweep or an inherited one', async () => {
    await expect(
      plan((d) => {
        d['evaluation'] = { proxy: 'reward' };
      }),
    ).rejects.toThrow(/evaluation\.proxy: stage reward is swept into 2 variants/);
    await expect(
      single((d) => {
        d['evaluation'] = { proxy: 'reward' };
        stageOf(d, 'sft')['sweep'] = { epochs: [1, 2, 3] };
      }),
    ).rejects.toThrow(/swept into 3 variants/);
  });
  test('is of the whole experiment: a stage cannot name another', async () => {
    await expect(
      single((d) => {
        stageOf(d, 'swept')['evaluation'] = { proxy: 'reward' };
      }),
    ).rejects.toThrow(/unknown key 'stages\.swept\.evaluation\.proxy'/);
  });
});

describe('controls', () => {
  test('one more run for each configuration and seed, right after its twin', async () => {
    const runs = await plan((d) => {
      stageOf(d, 'swept')['control'] = true;
    });
    const mine = runs.filter((r) => r.stage === 'swept');
    expect(mine).toHaveLength(16);
    for (let i = 0; i < mine.length; i += 2) {
      const [{ id, ...twin }, { id: other, ...control }] = [mine[i]!, mine[i + 1]!];
      expect(control).toEqual({ ...twin, label: `${twin.label} (A/A)`, role: 'control', replica: 1 });
      expect(other).not.toBe(id);
      expect(other).toBe(runId(control));
    }
  });
  test('the replica alone makes another run', async () => {
    const { id: _, ...spec } = (await single())[0]!;
    expect(runId({ ...spec, replica: 1 })).not.toBe(runId(spec));
  });
  test('are for compared stages', async () => {
    for (const name of ['sft', 'reward'] as const)
      await expect(
        single((d) => {
          stageOf(d, name)['control'] = true;
        }),
      ).rejects.toThrow(
        `stage ${name}: control: true, but the stage is shared; only compared stages have a control`,
      );
  });
});

describe('tuning budgets', () => {
  const equal = (d: Record<string, unknown>): void => {
    d['tuning'] = { equal: true };
  };
  test('differ freely unless they are to be equal; then each stage is named with its number', async () => {
    expect([...configurations(await plan())]).toEqual([
      ['swept', 4],
      ['ppo', 2],
    ]);
    await expect(plan(equal)).rejects.toThrow(
      'tuning.equal: configurations of the compared stages differ: swept: 4, ppo: 2; ' +
        'give each the same number of swept values, or set tuning.equal: false',
    );
  });
  test('equal ones pass; controls are no configurations', async () => {
    const runs = await single((d) => {
      equal(d);
      stageOf(d, 'swept')['control'] = true;
    });
    expect([...configurations(runs)]).toEqual([
      ['swept', 1],
      ['ppo', 1],
    ]);
  });
});

describe('identity', () => {
  const ids = async (
    change?: (draft: typeof raw & Record<string, unknown>) => void,
  ): Promise<Record<string, string>> =>
    Object.fromEntries((await plan(change)).filter((r) => r.seed === 0).map((r) => [r.label, r.id]));
  test('is the same for the same experiment, whatever the order of keys', async () => {
    expect(await ids()).toEqual(await ids());
    expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: undefined })).toBe('{"b":[1,{"c":2,"d":1}]}');
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
  });
  test('a changed stage changes every run that builds on it, and no other', async () => {
    const [before, after] = [
      await ids(),
      await ids((d) => {
        (d.stages.sft as Record<string, unknown>)['params'] = { epochs: 2 };
      }),
    ];
    const changed = Object.keys(before).filter((label) => before[label] !== after[label]);
    expect(changed).not.toContain('base');
    expect(changed).not.toContain('collect');
    expect(changed).toEqual(expect.arrayContaining(['sft', 'reward[penalty=0]', 'ppo[reward[penalty=0]]']));
  });
  test('time budgets and checkpoints do not decide a result; step budgets do', async () => {
    const before = await ids();
    expect(
      await ids((d) => {
        d['checkpointEvery'] = 7;
        d['budget'] = { maxSeconds: 100 };
      }),
    ).toEqual(before);
    expect(
      await ids((d) => {
        d['budget'] = { maxSteps: 100 };
      }),
    ).not.toEqual(before);
  });
  test('is a usable folder name', async () => {
    const [spec] = await plan();
    const { id: _, ...rest } = spec!;
    expect(runId({ ...rest, label: 'a[b=c/d é]' })).toMatch(/^[A-Za-z0-9._=-]+-s0-[0-9a-f]{8}$/);
  });
});

test('what operands of products are rounded to makes another run', async () => {
  const { id: _, ...spec } = (await single())[0]!;
  const engine = { ...spec.engine, precision: 'tf32' } as const;
  expect(runId({ ...spec, engine })).not.toBe(runId(spec));
});

test('how many rows of a batch are taken at once is in the file, and makes another run', async () => {
  const [whole] = await plan();
  const [parts] = await plan((d) => {
    d['engine'] = { microBatchRows: 4 };
  });
  expect(parts!.engine.microBatchRows).toBe(4);
  expect(parts!.id).not.toBe(whole!.id);
  await expect(
    plan((d) => {
      d['engine'] = { microBatchRows: 0 };
    }),
  ).rejects.toThrow(/engine\.microBatchRows/);
});

test('adapters are for what trains here, not outside', async () => {
  const algorithm = join(root, 'test', 'fixtures', 'external-trainer', 'plugin.js');
  const outside = { 'stages.dpo': { algorithm, start: 'sft' }, ladder: {}, 'policy.lora': {} };
  await expect(makePlan(resolved(outside), '/', 'test')).rejects.toThrow(
    'test: stage dpo: nudge trains outside, and policy.lora is not for it; remove policy.lora',
  );
});
