import type { OpenDataset, Prompt, Split } from '../../contracts/dataset.js';
import type { TokenPrompt } from '../../contracts/batches.js';
import { TiltyardError } from '../../errors.js';
import type { TokenData } from '../data.js';
import type { Given } from './given.js';

/** What a run is given in tokens, in the place of its dataset. Whatever would need the dataset is refused. */
export function givenData(given: Given): TokenData {
  const { dataset, tokenizer, shape, validation, test, bringsPairs } = given;
  const { json, ...ids } = tokenizer;
  const known = new Map([...validation, ...test].map(({ prompt, ids: tokens }) => [prompt, tokens]));
  const prompts: Readonly<Record<Split, readonly Prompt[]>> = { validation, test, train: [], heldout: [] };
  const open: OpenDataset = {
    ...dataset,
    tokenizer: { ...ids, toJSON: () => json, encode: outOfReach, decode: outOfReach },
    prompts: (split) => prompts[split],
    ...(bringsPairs ? { pairs: outOfReach } : {}),
  };
  return {
    dataset: open,
    shape,
    prompt: (id: string, text: string): TokenPrompt => ({ id, ids: known.get(text) ?? outOfReach() }),
    listed: ({ prompt }: Prompt) => (given.listed === null ? null : [...(given.listed.get(prompt) ?? [])]),
    row: outOfReach,
    pair: outOfReach,
  };
}

function outOfReach(): never {
  const what = 'the dataset is out of reach of a plugin that is not built in';
  throw new TiltyardError('out-of-reach', `${what}; use what the context gives`, { exitCode: 1 });
}
