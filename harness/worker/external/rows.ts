import type { ExternalData } from '../../contracts/external.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { TiltyardError } from '../../errors.js';
import type { TokenRow } from '../../policy/batch.js';
import type { Supply } from '../supply.js';

/** Texts that are known of what a trainer learns from, by their places; absent: they follow from tokens. */
export interface Texts {
  readonly pairs?: readonly {
    readonly id: string;
    readonly prompt: string;
    readonly chosen: string;
    readonly rejected: string;
  }[];
  /** By a prompt's id. */
  readonly prompts?: ReadonlyMap<string, string>;
}

/** What decodes texts that are not known. */
export type Decoder = Pick<Tokenizer, 'decode'>;

/** The one kind of data that a trainer needs. */
export const kindOf = (needs: readonly string[]): ExternalData['kind'] =>
  (['pairs', 'unpaired', 'prompts', 'completions'] as const).find((kind) => needs.includes(kind))!;

/**
 * What a trainer learns from, as rows of its data file: texts and tokens, and no reward of any.
 * @throws TiltyardError where there is none
 */
export function dataRows(
  kind: ExternalData['kind'],
  supply: Pick<Supply, 'pairs' | 'unpaired' | 'completions' | 'prompts'>,
  texts: Texts,
  { decode }: Decoder,
): object[] {
  const textOf = ({ prompt, completion }: TokenRow): object => ({
    prompt: decode(prompt),
    completion: decode(completion),
    promptIds: prompt,
    completionIds: completion,
  });
  const rows: Readonly<Record<ExternalData['kind'], () => object[]>> = {
    pairs: () => pairRows(supply.pairs, texts.pairs, decode),
    unpaired: () =>
      (supply.unpaired?.rows ?? []).map((row, i) => ({
        ...textOf(row),
        label: supply.unpaired!.labels[i]!,
      })),
    completions: () => (supply.completions ?? []).map(textOf),
    prompts: () =>
      supply.prompts.map(({ id, ids }) => ({
        id,
        prompt: texts.prompts?.get(id) ?? decode(ids),
        promptIds: ids,
      })),
  };
  const made = rows[kind]();
  if (made.length > 0) return made;
  throw new TiltyardError('empty-dataset', `a trainer outside needs ${kind}, and there are none; give some`);
}

function pairRows(pairs: Supply['pairs'], texts: Texts['pairs'], decode: Tokenizer['decode']): object[] {
  if (pairs === null) return [];
  const { chosen, rejected, margins, chances } = pairs;
  return chosen.map((row, i) => ({
    id: texts?.[i]?.id ?? String(i),
    prompt: texts?.[i]?.prompt ?? decode(row.prompt),
    chosen: texts?.[i]?.chosen ?? decode(row.completion),
    rejected: texts?.[i]?.rejected ?? decode(rejected[i]!.completion),
    promptIds: row.prompt,
    chosenIds: row.completion,
    rejectedIds: rejected[i]!.completion,
    margin: margins[i]!,
    ...(chances === undefined ? {} : { chance: chances[i]! }),
  }));
}
