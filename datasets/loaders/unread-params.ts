import { TiltyardError } from '../../harness/errors.js';
import { type PairsParams, pairsSchema } from './params.js';

/** Parameters that others make superfluous, why, and what to do. */
const UNREAD: readonly {
  readonly name: keyof PairsParams;
  readonly isUnread: (params: PairsParams) => boolean;
  readonly why: string;
}[] = [
  {
    name: 'vocabulary',
    isUnread: ({ tokenizer }) => tokenizer !== 'bpe',
    why:
      'is the size of a tokenizer that is trained, and tokenizer is none; ' +
      'set tokenizer: bpe, or leave it out',
  },
  {
    name: 'testShare',
    isUnread: ({ testFile }) => testFile !== null,
    why: 'is what is tested on where there is no testFile, and there is one; leave one of the two out',
  },
  {
    name: 'allowSharedPrompts',
    isUnread: ({ testFile }) => testFile === null,
    why: 'is said of a testFile, and there is none; give one, or leave it out',
  },
];

/**
 * That nothing was set which nothing would read. What equals its default may not have been set by anybody.
 * @param dataset its name, for messages
 * @throws TiltyardError with code `unread-parameter`
 */
export function refuseUnread(params: PairsParams, dataset: string): void {
  const { properties } = pairsSchema('');
  for (const { name, isUnread, why } of UNREAD) {
    if (params[name] === properties[name]!.default || !isUnread(params)) continue;
    throw new TiltyardError('unread-parameter', `dataset ${dataset}: ${name} ${why}`);
  }
}
