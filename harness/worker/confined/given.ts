import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { OpenDataset, Prompt } from '../../contracts/dataset.js';
import type { TokenRow } from '../../policy/batch.js';
import type { GenerateShape } from '../../policy/generate.js';
import type { MeterTotals } from '../../metrics/meter.js';
import type { Supply } from '../supply.js';

/** A prompt that an evaluation reads, in tokens. */
export interface GivenPrompt extends Prompt {
  readonly ids: readonly number[];
}

/**
 * All that the process of a plugin that is not built in gets, but for models: tokens of what the plugin
 * declared to need and of the prompts that it is evaluated on. There is no text of a completion in it, no
 * reward, and no dataset that could be asked for one.
 */
export interface Given {
  readonly shape: GenerateShape;
  readonly dataset: Pick<
    OpenDataset,
    'maxPromptTokens' | 'maxCompletionTokens' | 'endsWithEos' | 'repeatsPrompts' | 'initialTable'
  >;
  /** Whether the dataset brings its own pairs. */
  readonly bringsPairs: boolean;
  /** Its tokenizer, but for what it does: a model folder carries it along. */
  readonly tokenizer: {
    readonly vocabSize: number;
    readonly eosId: number;
    readonly padId: number;
    readonly endIds?: readonly number[];
    readonly folder?: string;
    readonly json: unknown;
  };
  readonly supply: Supply;
  readonly validation: readonly GivenPrompt[];
  /** Only for a plugin that chooses its answers itself. */
  readonly test: readonly GivenPrompt[];
  /** Every completion of a prompt, by its text, where they are to be listed; null where they are not. */
  readonly listed: ReadonlyMap<string, readonly TokenRow[]> | null;
  /** Whether the start's samples on validation prompts are known, so that they are not drawn. */
  readonly isStartKnown: boolean;
  /** What making this cost: of labels that a reward drew. */
  readonly cost: MeterTotals;
}

export const writeGiven = (path: string, given: Given): void => writeFileSync(path, serialize(given));
export const readGiven = (path: string): Given => deserialize(readFileSync(path)) as Given;
