import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import type { OpenedData } from '../../../harness/inspect/open.js';
import { type GivenPair, openPairs, type OpenPairsOptions } from '../../../harness/open-pairs.js';
import { TokenData } from '../../../harness/worker/data.js';

/** A dataset as a plan that collects given pairs opens it. */
export function opened(open: OpenDataset, change: Partial<OpenedData> = {}): OpenedData {
  const labels = { temperature: 1, noise: 0, labelsPerPair: 1 };
  return {
    name: 'mine',
    seed: 0,
    open,
    data: new TokenData(open),
    collect: { pairs: 10, heldoutPairs: 1, temperature: 1, labels },
    samples: false,
    given: null,
    notes: [],
    where: 'test',
    ...change,
  };
}

/** Training pairs in their order, with a pair of another prompt in every other split. */
export function openedPairs(train: readonly GivenPair[], options: OpenPairsOptions = {}): OpenedData {
  const other = { chosen: 'a', rejected: 'b' };
  const extra = [{ id: 'v', prompt: 'validation', ...other }];
  const heldout = [{ id: 'h', prompt: 'heldout', ...other }];
  const test = [{ id: 't', prompt: 'test', ...other }];
  const open = openPairs([...train, ...extra], 0, { test, allowSharedPrompts: true, ...options });
  const named = train.map((pair, i) => ({ id: String(i), ...pair }));
  const split = { train: named, validation: [{ ...extra[0]! }], test, heldout };
  const prompts = (which: keyof typeof split) => [
    ...new Map(split[which].map(({ id, prompt }) => [prompt, { id, prompt }])).values(),
  ];
  return opened({ ...open, pairs: (which) => split[which], prompts });
}
