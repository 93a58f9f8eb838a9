import { expect, test } from 'vitest';
import { configuration, each, ending, reporter, starts } from './hand.js';

const report = reporter();

test('one sample a prompt: win rates share their draws, and it is said', () => {
  const { notes } = report([...starts, ...configuration('a', 'a', 'pairs', [1, 1, 1])]);
  expect(notes.join()).toContain('samplesPerPrompt: 2 gives independent draws');
});
test('two samples a prompt: nothing is said of that', () => {
  const two = { gold: [1, 2, 3, 4], samples: 2, curve: ending(1, 1) };
  expect(report(each((seed) => ({ label: 'a', seed, ...two }))).notes.join()).not.toContain(
    'samplesPerPrompt',
  );
});
test('where devices differ it is said which is compared', () => {
  const { notes } = report([
    ...starts,
    ...configuration('a', 'a', 'pairs', [1, 1, 1]),
    ...configuration('b', 'b', 'pairs', [1, 1, 1], { device: 'gpu' }),
  ]);
  expect(notes.join()).toContain('compared on the one that most runs finished on');
});
