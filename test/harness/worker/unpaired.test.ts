import { expect, test } from 'vitest';
import { bandit, bench } from '../../../harness/conformance/bench.js';
import type { Judgement } from '../../../harness/contracts/dataset.js';
import { learnsFrom } from '../../../harness/contracts/plugin.js';
import {
  type AlgorithmPlugin,
  byteTokenizer,
  type OpenDataset,
  openUnpaired,
} from '../../../harness/index.js';
import type { PairRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { TokenData } from '../../../harness/worker/data.js';
import { judgedRows } from '../../../harness/worker/unpaired.js';

const tokenizer = byteTokenizer();
const judged: Judgement[] = Array.from({ length: 30 }, (_, i) => ({
  id: String(i),
  prompt: `p${i}`,
  completion: i % 3 === 0 ? 'good' : 'bad',
  label: i % 3 === 0,
}));
const pairs: PairRow[] = [0, 1].map((i) => ({
  id: String(i),
  prompt: `q${i}`,
  chosen: `c${i}`,
  rejected: `r${i}`,
  margin: null,
  goldChosen: null,
  goldRejected: null,
}));
const open = openUnpaired(judged, 0);
const spec = (more: object = {}): RunSpec =>
  ({ stage: 'mine', inputs: { pairs: null }, ...more }) as unknown as RunSpec;
const texts = ({ rows, labels }: ReturnType<typeof judgedRows>): [string, number][] =>
  rows.map(({ completion }, i) => [tokenizer.decode(completion), labels[i]!]);

test('the judgements of the training split, with their labels', () => {
  const got = texts(judgedRows(spec(), new TokenData(open), null));
  const own = open.unpaired!('train');
  expect(got).toEqual(own.map(({ completion, label }) => [completion, label ? 1 : 0]));
});

test('a dataset without judgements: both sides of its pairs, chosen ones good', () => {
  const { unpaired: _, ...without } = open;
  const data = new TokenData(without as OpenDataset);
  expect(texts(judgedRows(spec(), data, pairs))).toEqual([
    ['c0', 1],
    ['c1', 1],
    ['r0', 0],
    ['r1', 0],
  ]);
  expect(() => judgedRows(spec(), data, null)).toThrow('stage mine: there are no judged completions; bring');
});

test('labels that a reward has drawn anew are those of pairs, whatever the dataset has', () => {
  const relabelled = spec({ inputs: { pairs: 'collect', relabel: 'reward' } });
  expect(judgedRows(relabelled, new TokenData(open), pairs).rows).toHaveLength(4);
});

test('a judge and a chooser have held-out judgements, and share no prompt', () => {
  const data = new TokenData(openUnpaired(judged, 0, { heldoutShare: 0.5 }));
  const promptsOf = (heldoutPart: string): string[] =>
    judgedRows(spec({ pairs: 'heldout', heldoutPart }), data, null).rows.map(({ prompt }) =>
      prompt.join(' '),
    );
  const [judge, chooser] = [promptsOf('judge'), promptsOf('chooser')];
  const all = judgedRows(spec({ pairs: 'heldout' }), data, null).rows;
  expect(new Set([...judge, ...chooser]).size).toBe(all.length);
  expect(judge.length + chooser.length).toBe(data.dataset.unpaired!('heldout').length);
});

const plugin = (needs: AlgorithmPlugin['needs']): AlgorithmPlugin =>
  ({ name: 'mine', needs, gives: 'policy' }) as unknown as AlgorithmPlugin;

test('batches hold a label and log pi_ref for every row, in a fresh order each epoch', async () => {
  const logits = [0.5, 0, -0.5];
  const world = bandit(
    3,
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
    logits,
  );
  const { ctx, dispose } = bench(plugin(['unpaired', 'reference']), world, { engine: 'reference' });
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  const batches = ctx.unpaired({ batchSize: 4, epochs: 3 });
  expect(batches.totalSteps).toBe(3); // 6 completions: one full batch an epoch
  const orders = new Set<string>();
  let index = 0;
  for await (const batch of batches) {
    expect(batch).toMatchObject({ index, epoch: index, size: 4 });
    expect(batch.labels.shape).toEqual([4]);
    const arms = Array.from(batch.tokens.targets.data);
    arms.forEach((arm, b) => {
      expect(batch.refLogps.data[b]).toBeCloseTo(logits[arm]! - total, 5);
      if (arm === 0) expect(batch.labels.data[b]).toBe(1); // never rejected
      if (arm === 2) expect(batch.labels.data[b]).toBe(0); // never chosen
    });
    orders.add(`${arms} ${batch.labels.data}`);
    index++;
  }
  expect(index).toBe(3);
  expect(orders.size).toBeGreaterThan(1);
  expect(() => ctx.unpaired({ batchSize: 7, epochs: 1 })).toThrow('more than the 6 unpaired');
  dispose();
});

test('it is given to who needs it, and such a plugin learns from given data', () => {
  const { ctx, dispose } = bench(plugin(['pairs']), bandit(2, [[0, 1]]), { engine: 'reference' });
  expect(() => ctx.unpaired({ batchSize: 1, epochs: 1 })).toThrow("without declaring need 'unpaired'");
  dispose();
  expect(learnsFrom({ needs: ['unpaired', 'reference'] })).toBe('pairs');
  expect(learnsFrom({ needs: ['reward'] })).toBe('nothing');
});
