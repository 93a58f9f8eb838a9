import { describe, expect, test } from 'vitest';
import type { CardUse } from '../../../harness/store/records.js';
import { each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();
const use = (change: Partial<CardUse> = {}): CardUse => ({
  model: 'NVIDIA H200',
  uuid: 'GPU-1',
  driver: '580.1',
  memoryBytes: 1e11,
  peakMemoryBytes: 2e9,
  memoryBeforeBytes: 1e9,
  energyJoules: 5000,
  sampledSeconds: 101,
  clockMhz: 1700,
  maxClockMhz: 1980,
  heldBack: {},
  ...change,
});
/** A configuration whose runs were on cards, by seed. */
const on = (card: (seed: number) => CardUse | undefined) =>
  each((seed) => {
    const known = card(seed);
    const run = { label: 'a', seed, device: 'cuda', gold: flat(1, seed), curve: ending(1, 1) };
    return known === undefined ? run : { ...run, card: known };
  });
const began = starts.map((run) => ({ ...run, device: 'cuda', card: use() }));
const of = (card: (seed: number) => CardUse | undefined) => report([...began, ...on(card)]);

describe('what runs took of a card', () => {
  test('is a mean over seeds, of the most memory and of the energy', () => {
    const { compute } = of((seed) =>
      use({ peakMemoryBytes: (seed + 1) * 1e9, energyJoules: (seed + 1) * 1000 }),
    ).algorithms.find(({ name }) => name === 'a')!;
    expect(compute.cardMemoryBytes!.mean).toBe(2e9);
    expect(compute.energyJoules!.mean).toBe(2000);
  });
  test('is no energy where less than nine tenths of the run were sampled', () => {
    const { compute } = of(() => use({ sampledSeconds: 89 })).algorithms.find(({ name }) => name === 'a')!;
    expect(compute.energyJoules).toBeNull();
    expect(compute.cardMemoryBytes!.mean).toBe(2e9);
  });
  test('is said once, with clocks, and where it was not all the same', () => {
    const alike = of(() => use({ clockMhz: 1500 })).notes.join('\n');
    expect(alike).toContain(
      'while a run had it to itself. Mean clocks of runs were 1500 to 1700 MHz, of at most 1980.',
    );
    expect(alike).not.toMatch(/different models|held back|not known which card/);
    const notes = of((seed) =>
      seed === 0
        ? use({ model: 'NVIDIA H100' })
        : seed === 1
          ? use({ heldBack: { 'power cap': 0.4 } })
          : undefined,
    ).notes.join('\n');
    expect(notes).toContain('Runs were on different models of card (NVIDIA H100, NVIDIA H200)');
    expect(notes).toContain('held back (power cap) during 1 of 5 runs, in up to 40 % of their time');
    expect(notes).toContain('Of 1 of 6 runs it is not known which card they were on.');
  });
  test('is nothing where runs were on none', () => {
    const { notes, algorithms } = report([
      ...starts,
      ...each((seed) => ({ label: 'a', seed, gold: flat(1, seed) })),
    ]);
    expect(notes.join()).not.toMatch(/\bcard\b/);
    expect(algorithms[0]!.compute.cardMemoryBytes).toBeNull();
  });
});
