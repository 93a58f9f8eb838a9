import { describe, expect, test } from 'vitest';
import { planned, resolved } from './support.js';

describe('relabelled pairs', () => {
  test('come with the reward that labels them, which runs before and is shared', async () => {
    const runs = await planned();
    const reward = runs.find((run) => run.stage === 'reward')!;
    const relabelled = runs.find((run) => run.stage === 'relabelled')!;
    expect(relabelled).toMatchObject({ relabel: 'drawn', inputs: { relabel: reward.id, reward: null } });
    expect(runs.indexOf(reward)).toBeLessThan(runs.indexOf(relabelled));
    expect(runs.find((run) => run.stage === 'dpo')).not.toHaveProperty('relabel');
    expect(reward.role).toBe('shared');
  });
  test('are another run than those with the labels of the data, and than argmax', async () => {
    const idOf = async (set: Record<string, unknown>): Promise<string> =>
      (await planned({ ladder: {}, ...set })).find((run) => run.stage === 'relabelled')!.id;
    const ids = [
      await idOf({}),
      await idOf({ 'stages.relabelled.relabel.how': 'argmax' }),
      await idOf({ 'stages.relabelled.relabel': undefined }),
    ];
    expect(new Set(ids).size).toBe(3);
  });
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown stage', { by: 'rewrad' }, /relabel\.by: unknown stage 'rewrad'; did you mean 'reward'/],
    ['a policy', { by: 'dpo' }, /stage relabelled: relabel: dpo is dpo, which gives a policy/],
    ['no stage', { how: 'drawn' }, /'by' is missing/],
    ['another way', { by: 'reward', how: 'hard' }, /'stages\.relabelled\.relabel\.how' should be one of/],
  ])('%s is refused', async (_, relabel, message) => {
    await expect(planned({ 'stages.relabelled.relabel': relabel, ladder: {} })).rejects.toThrow(message);
  });
  test('may be soft where the loss can be an expectation over them; others are refused by name', async () => {
    const soft = { by: 'reward', how: 'soft' };
    const runs = await planned({ 'stages.relabelled.relabel': soft });
    expect(runs.find(({ stage }) => stage === 'relabelled')!.relabel).toBe('soft');
    const refused: [Record<string, unknown>, string][] = [
      [{ algorithm: 'aot', start: 'sft', relabel: soft }, 'aot'],
      [{ algorithm: 'sft', start: 'base', completions: 'chosen', relabel: soft }, 'sft'],
    ];
    for (const [other, name] of refused)
      await expect(planned({ 'stages.other': other })).rejects.toThrow(
        `stage other: relabel: how: soft, but ${name} takes labels as certain`,
      );
  });
  test('are refused where the reward is swept, or nothing reads them', async () => {
    await expect(planned({ 'stages.reward.sweep': { penalty: [0, 1] } })).rejects.toThrow(
      /relabel: stage reward is swept into 2 variants/,
    );
    const relabel = { by: 'reward' };
    await expect(planned({ 'stages.ppo.relabel': relabel })).rejects.toThrow(
      /stage ppo: relabel: ppo-rlhf learns from no pairs; remove relabel/,
    );
    await expect(planned({ 'stages.chooser.relabel': relabel })).rejects.toThrow(
      /stage chooser: relabel: held-out pairs are for what judges or chooses/,
    );
    await expect(planned({ 'stages.reward.relabel': { by: 'reward' } })).rejects.toThrow(
      /stages wait for each other: reward -> reward/,
    );
  });
});

describe('the ladder', () => {
  test('is stored as given, and absent where there is none', () => {
    expect(resolved().ladder).toEqual({
      offline: 'dpo',
      relabelled: 'relabelled',
      'on-policy': 'online',
      rl: 'ppo',
      optimum: 'tilt',
    });
    expect(resolved({ ladder: undefined }).ladder).toEqual({});
  });
  test('may lack rungs', async () => {
    await expect(planned({ ladder: { offline: 'dpo', rl: 'ppo' } })).resolves.toBeDefined();
  });
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown stage', { rl: 'pppo' }, /ladder\.rl: unknown stage 'pppo'; did you mean 'ppo'/],
    ['a stage that is not compared', { offline: 'sft' }, /ladder\.offline: stage sft is shared/],
    ['an unknown rung', { online: 'online' }, /unknown key 'ladder\.online'/],
    [
      'RL as offline',
      { offline: 'ppo' },
      /ppo is ppo-rlhf, which learns from its own samples; name a stage that learns from pairs/,
    ],
    ['offline as RL', { rl: 'dpo' }, /ladder\.rl: dpo is dpo, which learns from pairs/],
    ['what learns as optimum', { optimum: 'ppo' }, /name a stage that learns nothing/],
    [
      'labels of the data as relabelled',
      { relabelled: 'dpo' },
      /dpo has the labels of the data; give it relabel/,
    ],
    ['labels of a reward as offline', { offline: 'relabelled' }, /name a stage without relabel/],
    ['one stage twice', { 'on-policy': 'ppo', rl: 'ppo' }, /ppo stands on two rungs/],
  ])('%s is refused', async (_, ladder, message) => {
    await expect(Promise.resolve().then(() => planned({ ladder }))).rejects.toThrow(message);
  });
  test('has one start and one reward', async () => {
    await expect(planned({ 'stages.dpo.start': 'base' })).rejects.toThrow(
      /dpo has start base, relabelled has start sft; give all rungs one start/,
    );
    const other = { 'stages.other': { algorithm: 'bt-reward', start: 'sft' }, 'stages.ppo.reward': 'other' };
    await expect(planned(other)).rejects.toThrow(/relabelled has reward reward, ppo has reward other/);
  });
});
