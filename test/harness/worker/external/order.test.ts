import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bench, toyLanguage, withDefaults } from '../../../../harness/conformance/bench.js';
import { OutsideBench } from '../../../../harness/conformance/outside-bench.js';
import { loadPlugin } from '../../../../harness/extensions.js';
import { rowsIn } from '../../../../harness/policy/batch.js';
import { Rng } from '../../../../harness/rng.js';
import { epochOrder } from '../../../../harness/worker/batches.js';
import { dataRows } from '../../../../harness/worker/external/rows.js';
import { nudge } from './support.js';

test('a trainer outside is given pairs in the order in which a plugin here takes them', async () => {
  const world = toyLanguage(40);
  const { ctx, dispose } = bench(await loadPlugin('dpo'), world, { seed: 3, engine: 'reference' });
  const taken: number[][] = [];
  const chosen = world.pairs!.map(({ chosen: { prompt, completion } }) =>
    JSON.stringify([prompt, completion]),
  );
  for await (const { tokens, size } of ctx.pairs({ batchSize: 8, epochs: 2 })) {
    const rows = rowsIn(tokens).map(({ prompt, completion }) => JSON.stringify([prompt, completion]));
    taken.push(rows.slice(0, size).map((row) => chosen.indexOf(row)));
  }
  dispose();
  const known = taken.flat().map((place) => chosen[place]);
  const rng = Rng.fromSeed(3);
  const orders = [0, 1].flatMap((epoch) => epochOrder(rng, 'pairs', epoch, 40));
  expect(known).toEqual(orders.map((place) => chosen[place]));
  expect(new Set(orders.slice(0, 40)).size).toBe(40);
});

test('orders and rows lie in the job: as many orders as epochs, each a permutation', async () => {
  const plugin = await nudge();
  const outside = new OutsideBench(plugin, withDefaults(plugin, { epochs: 3, batchSize: 256 }));
  let orders: number[][] = [];
  await outside.run({
    prepare: ({ data }) => {
      orders = readFileSync(data.orders, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as number[]);
    },
  });
  outside.dispose();
  expect(orders.length).toBe(3);
  for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(upTo(256));
  expect(orders[0]).not.toEqual(orders[1]);
});

test('rows hold texts and tokens, labels and margins, and nothing else', () => {
  const decode = (ids: ArrayLike<number>): string => Array.from(ids).join('-');
  const row = { prompt: [1, 2], completion: [3] };
  const pairs = { chosen: [row], rejected: [{ prompt: [1, 2], completion: [4] }] };
  const supply = {
    pairs: { ...pairs, margins: Float32Array.of(0.5), chances: [0.75] },
    unpaired: { rows: [row], labels: Float32Array.of(1), fromPairs: false },
    completions: [row],
    prompts: [{ id: 'p', ids: [1, 2] }],
  };
  const text = { id: 'a', prompt: 'one two', chosen: 'three', rejected: 'four', goldChosen: 9 };
  const ids = { promptIds: [1, 2], chosenIds: [3], rejectedIds: [4], margin: 0.5, chance: 0.75 };
  expect(dataRows('pairs', supply, { pairs: [text] }, { decode })).toEqual([
    { id: 'a', prompt: 'one two', chosen: 'three', rejected: 'four', ...ids },
  ]);
  expect(dataRows('unpaired', supply, {}, { decode })).toEqual([
    { prompt: '1-2', completion: '3', promptIds: [1, 2], completionIds: [3], label: 1 },
  ]);
  expect(dataRows('completions', supply, {}, { decode })).toEqual([
    { prompt: '1-2', completion: '3', promptIds: [1, 2], completionIds: [3] },
  ]);
  const prompts = new Map([['p', 'one two']]);
  expect(dataRows('prompts', supply, { prompts }, { decode })).toEqual([
    { id: 'p', prompt: 'one two', promptIds: [1, 2] },
  ]);
  const none = { ...supply, prompts: [] };
  expect(() => dataRows('prompts', none, {}, { decode })).toThrow(/needs prompts, and there are none/);
});

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
