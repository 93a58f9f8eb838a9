import { describe, expect, test } from 'vitest';
import { planned } from './support.js';

const labels = async (sweep: unknown): Promise<string[]> =>
  (await planned({ 'stages.dpo.sweep': sweep }))
    .filter(({ stage }) => stage === 'dpo')
    .map(({ label }) => label);

describe('a sweep', () => {
  test('of values is all their combinations', async () =>
    expect(await labels({ beta: [0.1, 0.2], learningRate: [0.001, 0.002] })).toEqual([
      'dpo[beta=0.1,learningRate=0.001]',
      'dpo[beta=0.1,learningRate=0.002]',
      'dpo[beta=0.2,learningRate=0.001]',
      'dpo[beta=0.2,learningRate=0.002]',
    ]));
  test('may list its configurations: a star has its middle, and one step along each parameter', async () =>
    expect(
      await labels([
        { beta: 0.2, learningRate: 0.001 },
        { beta: 0.1, learningRate: 0.001 },
        { beta: 0.2, learningRate: 0.002 },
      ]),
    ).toEqual([
      'dpo[beta=0.2,learningRate=0.001]',
      'dpo[beta=0.1,learningRate=0.001]',
      'dpo[beta=0.2,learningRate=0.002]',
    ]));
  test.each([
    [
      [{ beta: 0.1 }, { beta: 0.1, epochs: 1 }],
      /configuration 2 has beta, epochs, the first has beta; give each/,
    ],
    [[{ beta: 0.1 }, { beta: 0.2 }, { beta: 0.1 }], /configurations 1 and 3 are the same; remove one/],
    [[{ bta: 0.1 }], /stage dpo: sweep: unknown parameter 'bta'; did you mean 'beta'/],
    [[], /sweep/],
    [{ beta: [] }, /sweep/],
  ])('%j is refused', async (sweep, message) => expect(labels(sweep)).rejects.toThrow(message));
});
