import { describe, expect, test } from 'vitest';
import { planned, resolved } from './support.js';

describe('what chooses', () => {
  test('is the chooser where the file names one, otherwise the proxy; the resolved rule is stored', () => {
    expect(resolved().tuning).toEqual({ equal: false, by: 'chooser', chooser: 'chooser' });
    expect(resolved({ tuning: undefined }).tuning).toEqual({ equal: false, by: 'proxy', chooser: null });
    expect(resolved({ 'tuning.by': 'pairs' }).tuning).toMatchObject({ by: 'pairs', chooser: 'chooser' });
  });
  test('cannot be a chooser that is not there, or held-out pairs where there are none', () => {
    expect(() => resolved({ tuning: { by: 'chooser' } })).toThrow(
      /tuning\.by: chooser, but there is none; name a stage in tuning\.chooser/,
    );
    expect(() => resolved({ tuning: { by: 'pairs' }, 'collect.heldoutPairs': 0 })).toThrow(
      /tuning\.by: pairs needs held-out pairs; set collect\.heldoutPairs/,
    );
    expect(() => resolved({ 'tuning.by': 'gold' })).toThrow(/'tuning\.by' should be one of/);
  });
});

describe('the chooser', () => {
  test('scores every compared run, those with a reward too, and comes before them', async () => {
    const runs = await planned();
    const chooser = runs.find((run) => run.stage === 'chooser')!;
    expect(chooser).toMatchObject({ role: 'shared', pairs: 'heldout' });
    const scored = runs.filter((run) => run.inputs.chooser === chooser.id).map((run) => run.stage);
    expect(scored).toEqual(['dpo', 'relabelled', 'online', 'ppo', 'tilt']);
    expect(scored).toEqual(runs.filter((run) => run.role === 'compared').map((run) => run.stage));
    const place = runs.indexOf(chooser);
    for (const run of runs.filter(({ role }) => role === 'compared'))
      expect(runs.indexOf(run)).toBeGreaterThan(place);
  });
  test('does not take the place of the proxy, which is still the only reward of training', async () => {
    const runs = await planned();
    const reward = runs.find((run) => run.stage === 'reward')!;
    expect(runs.find((run) => run.stage === 'dpo')!.inputs.proxy).toBe(reward.id);
  });
  test('without one no run has such an input', async () => {
    for (const { inputs } of await planned({ tuning: undefined, 'stages.chooser': undefined }))
      expect(inputs).not.toHaveProperty('chooser');
  });
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'an unknown stage',
      { 'tuning.chooser': 'choser', 'stages.chooser': undefined },
      /tuning\.chooser: unknown stage 'choser'/,
    ],
    [
      'a policy',
      { 'tuning.chooser': 'dpo', 'stages.chooser': undefined },
      /tuning\.chooser: dpo is dpo, which gives a policy/,
    ],
    ['a swept one', { 'stages.chooser.sweep': { penalty: [0, 1] } }, /stage chooser is swept into 2/],
    [
      'the pairs of the algorithms',
      { 'stages.chooser.pairs': 'train' },
      /tuning\.chooser: chooser learns from the pairs that the algorithms learn from; set pairs: heldout/,
    ],
    ['the proxy', { 'evaluation.proxy': 'chooser' }, /chooser is the proxy too/],
    [
      'the judge',
      { 'stages.chooser.start': 'base', 'evaluation.judge': 'chooser' },
      /tuning\.chooser: chooser is the judge too/,
    ],
    [
      'one that something trains against',
      { 'stages.ppo.reward': 'chooser', ladder: {} },
      /stage ppo trains against chooser; give it another reward, a chooser is for evaluation only/,
    ],
    [
      'one that labels pairs of training',
      { 'stages.relabelled.relabel': { by: 'chooser' }, ladder: {} },
      /stage relabelled takes its labels from chooser/,
    ],
    [
      'one that is built from what it is to score',
      { 'stages.chooser.start': 'dpo', 'stages.dpo.role': 'compared' },
      /chooser is built from dpo, so dpo runs before it and cannot be scored by it/,
    ],
    [
      'no held-out pairs',
      { 'collect.heldoutPairs': 0 },
      /chooser learns from held-out pairs, and there are none/,
    ],
  ])('%s is refused', async (_, set, message) => {
    await expect(planned(set)).rejects.toThrow(message);
  });
  test('beside a judge shares the held-out prompts with it', async () => {
    const judge = { algorithm: 'bt-reward', start: 'base', pairs: 'heldout' };
    const runs = await planned({ 'stages.judge': judge, 'evaluation.judge': 'judge' });
    const parts = runs.flatMap(({ stage, heldoutPart }) =>
      heldoutPart === undefined ? [] : [[stage, heldoutPart]],
    );
    expect(parts.sort()).toEqual([
      ['chooser', 'chooser'],
      ['judge', 'judge'],
    ]);
    for (const run of await planned()) expect(run).not.toHaveProperty('heldoutPart');
  });
  test('alone, beside a judge, may learn from held-out pairs', async () => {
    await expect(planned({ tuning: undefined })).rejects.toThrow(
      /stage chooser: pairs: heldout is for a judge or a chooser alone.*tuning\.chooser: chooser/,
    );
  });
});

test('a compared policy and its start have the same test prompts, and as many samples', async () => {
  const [more, fewer] = [{ testPrompts: 9 }, { samplesPerPrompt: 1 }];
  await expect(planned({ 'stages.dpo.evaluation': more })).rejects.toThrow(
    /stage dpo: evaluation\.testPrompts is 9, that of its start sft is 256; .*give both the same/,
  );
  await expect(planned({ 'stages.sft.evaluation': fewer })).rejects.toThrow(
    /stage dpo: evaluation\.samplesPerPrompt is 2, that of its start sft is 1/,
  );
  await expect(planned({ 'stages.base.evaluation': more })).resolves.toBeDefined(); // sft is not compared
  await expect(planned({ 'stages.dpo.evaluation': { every: 3 } })).resolves.toBeDefined();
});

describe('how policies are compared', () => {
  test('has defaults, stored in full', () => {
    expect(resolved().comparison).toEqual({ budgets: [0.5, 1, 2, 4, 8], maxKl: null, margin: 0.05 });
    expect(resolved({ comparison: { maxKl: 3 } }).comparison).toMatchObject({ maxKl: 3, margin: 0.05 });
  });
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['budgets that fall', { budgets: [1, 0.5] }, /comparison\.budgets: 0\.5 follows 1; .*rising order/],
    ['a budget twice', { budgets: [1, 1] }, /1 follows 1/],
    ['no budget', { budgets: [] }, /'comparison\.budgets'/],
    ['a budget of 0', { budgets: [0, 1] }, /'comparison\.budgets\.0'/],
    ['no KL', { maxKl: 0 }, /'comparison\.maxKl'/],
    ['a margin that holds everything', { margin: 1 }, /'comparison\.margin'/],
    ['another key', { budget: [1] }, /unknown key 'comparison\.budget'; did you mean 'budgets'/],
  ])('%s is refused', (_, comparison, message) => {
    expect(() => resolved({ comparison })).toThrow(message);
  });
});
