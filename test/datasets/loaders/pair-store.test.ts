import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { PairStore } from '../../../datasets/loaders/pair-store.js';
import { Spool } from '../../../datasets/loaders/spool.js';
import { Rng } from '../../../harness/rng.js';

const rng = Rng.fromSeed(0);
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, () => rng.int(256)));

describe('a spool', () => {
  const folders = (): number =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('tiltyard-rows-')).length;

  // Blocks are of 1 MiB: pieces that end in one, at its end and beyond it.
  test.each([
    ['all in memory', 1 << 26],
    ['the first block in memory', 1 << 20],
    ['all in a file', 0],
  ])('gives back what was appended: %s', (_, inMemory) => {
    const before = folders();
    const spool = new Spool(inMemory);
    const piece = bytesOf(100_003);
    const whole: Buffer[] = [];
    for (let i = 0; i < 40; i++) {
      whole.push(piece.subarray(i), Buffer.from([i]));
      for (const bytes of whole.slice(-2)) spool.append(bytes);
    }
    const all = Buffer.concat(whole);
    expect(spool.length).toBe(all.length);
    for (let i = 0; i < 500; i++) {
      const start = rng.int(all.length);
      const length = rng.int(Math.min(all.length - start, i < 10 ? 3 << 20 : 5000) + 1);
      expect(spool.read(start, length).equals(all.subarray(start, start + length))).toBe(true);
    }
    expect(folders()).toBe(before); // the file has no name
  });
});

describe('a store of pairs', () => {
  const tokens = {
    prompt: 1,
    chosen: 2,
    rejected: 3,
    equal: false,
    ends: { chosen: 1, rejected: 0 },
    unknown: 7,
  };
  const rows = [
    { prompt: 'a', chosen: 'b', rejected: 'c' },
    { prompt: '\ufeffé\u0000', chosen: '日本🙂', rejected: ' ', margin: -0.25, closed: true as const },
    { prompt: 'x', chosen: '', rejected: 'z', margin: 0 },
  ];

  test.each([
    ['in memory', 1 << 26],
    ['in a file', 0],
  ])('gives back pairs and what their tokens come to: %s', (_, inMemory) => {
    const store = new PairStore(new Spool(inMemory));
    const long = { prompt: 'p'.repeat(700_000), chosen: 'q'.repeat(700_000), rejected: 'r' };
    const all = [...rows, long, ...rows];
    all.forEach((row, i) => store.add(i + 10, row, { ...tokens, prompt: i, equal: i === 1 }));
    expect([...store.pairs()]).toEqual(all.map((row, i) => ({ id: String(i + 10), ...row })));
    expect([...store.tokens()]).toEqual(all.map((_, i) => ({ ...tokens, prompt: i, equal: i === 1 })));
    const before = store.pairs();
    store.add(99, rows[0]!, tokens);
    expect([before.length, store.pairs().length]).toEqual([7, 8]);
  });

  test('of many pairs no text stays in memory but the first', () => {
    const spool = new Spool(1 << 20);
    const store = new PairStore(spool);
    const text = 'x'.repeat(10_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 3000; i++) store.add(i, { prompt: text, chosen: text, rejected: `${i}` }, tokens);
    expect(spool.length).toBeGreaterThan(60_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(store.pairs()[2999]).toEqual({ id: '2999', prompt: text, chosen: text, rejected: '2999' });
  });
});
