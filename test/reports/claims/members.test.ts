import { expect, test } from 'vitest';
import { members } from '../../../reports/claims/members.js';

interface Stage {
  readonly algorithm: string;
  readonly sweep?: readonly Record<string, number>[] | Record<string, number[]>;
}
const stagesOf = (member: Record<string, unknown>): Record<string, Stage> =>
  member['stages'] as Record<string, Stage>;
const grids = (stage: Stage): readonly Record<string, number>[] => stage.sweep as Record<string, number>[];

const FAMILIES = ['dpo', 'ipo', 'relabelled', 'online', 'grpo', 'ppo'];

test('families that are compared have three configurations of two strengths and two learning rates', () => {
  for (const member of ['core', 'narrow', 'more', 'few', 'common', 'needle']) {
    const stages = stagesOf(members('full')[member]!);
    for (const name of FAMILIES.filter((family) => family in stages)) {
      const grid = grids(stages[name]!);
      expect(grid, `${member} ${name}`).toHaveLength(3);
      for (const parameter of Object.keys(grid[0]!))
        expect(new Set(grid.map((one) => one[parameter])).size, `${member} ${name}`).toBe(2);
    }
  }
});
test('relabelled DPO differs from DPO in its labels alone', () => {
  const { dpo, relabelled } = stagesOf(members('full')['core']!);
  expect(relabelled).toEqual({ ...dpo, relabel: { by: 'reward', how: 'drawn' } });
});
test('on few pairs DPO and the reward take as many steps as on the usual ones', () => {
  const steps = (member: string, stage: string): number => {
    const { collect } = members('full')[member] as { collect: { pairs: number } };
    const { epochs } = (
      stagesOf(members('full')[member]!)[stage] as unknown as { params: { epochs: number } }
    ).params;
    return collect.pairs * epochs;
  };
  for (const stage of ['dpo', 'reward']) expect(steps('few', stage)).toBe(steps('core', stage));
});
test('profiles differ in their seeds alone', () => {
  const [quick, full] = [members('quick'), members('full')];
  for (const name of Object.keys(full))
    expect({ ...quick[name], seeds: 0 }).toEqual({ ...full[name], seeds: 0 });
});
