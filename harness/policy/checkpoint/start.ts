import { join } from 'node:path';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { canonicalJson } from '../../hash.js';
import { TiltyardError } from '../../errors.js';
import { difference } from '../../store/given.js';
import type { PolicySpec } from '../../store/spec.js';
import type { GenerateShape } from '../generate.js';
import { SHAPES_ONLY } from '../parts.js';
import { jsonFile } from '../tokenizers/json-file.js';
import { hashModelFolder } from './files.js';
import { HEAD_NAMES, type ModelFolder, readModelFolder, readPolicyFolder } from './folder.js';

type Planned = NonNullable<PolicySpec['checkpoint']>;

/** The checkpoint that a run was planned with. @throws TiltyardError where its files have changed since */
export function startingModel(planned: Planned, tokenizer: Tokenizer, shape: GenerateShape): ModelFolder {
  checkUnchanged(planned, POLICY);
  return fittingModel(planned.path, tokenizer, shape);
}

function checkUnchanged(planned: Planned, setting: string): void {
  const now = hashModelFolder(planned.path);
  if (now.hash === planned.hash) return;
  // An older version kept no files, and another hash.
  const changed = difference(planned.files ?? now.files, now.files);
  const what =
    changed === null ? `${planned.path} has changed` : `${join(planned.path, changed.file)} ${changed.what}`;
  throw new TiltyardError(
    'checkpoint-changed',
    `${setting}: ${what} since this run was planned; bring it back, or start a new run`,
    { exitCode: 1 },
  );
}

/** The setting of what policies begin as. */
const POLICY = 'policy.checkpoint';

/** As a reward model begins: with the head that scores. */
export type RewardFolder = ModelFolder & { readonly head: NonNullable<ModelFolder['head']> };

/**
 * A model folder as the start of a reward model.
 * @throws TiltyardError as `fittingModel` does, and for one that gives no score
 */
export function fittingReward(
  path: string,
  tokenizer: Tokenizer,
  shape: GenerateShape,
  setting: string,
): RewardFolder {
  const folder = fitting(readModelFolder(path), path, tokenizer, shape, setting);
  const { head } = folder;
  if (head !== null) return { ...folder, head };
  const width = folder.architecture.initialHead('zero', SHAPES_ONLY).get(HEAD_NAMES[0]!)!.shape[1];
  throw new TiltyardError(
    'no-score',
    `${setting}: ${path} has no '${HEAD_NAMES[0]}' of [1, ${width}], which scores a text; give a sequence ` +
      'classifier that was trained with num_labels: 1, or remove the setting for a fresh head',
  );
}

/** The same as a run was planned with it. @throws TiltyardError where its files have changed since */
export function startingReward(
  planned: Planned,
  tokenizer: Tokenizer,
  shape: GenerateShape,
  setting: string,
): RewardFolder {
  checkUnchanged(planned, setting);
  return fittingReward(planned.path, tokenizer, shape, setting);
}

/**
 * A model folder as the start of an experiment's policies, held to what the dataset asks of it.
 * @throws TiltyardError where its context is too short, its tokens are not the dataset's, or it predicts none
 */
export function fittingModel(path: string, tokenizer: Tokenizer, shape: GenerateShape): ModelFolder {
  return fitting(readPolicyFolder(path), path, tokenizer, shape, POLICY);
}

function fitting(
  folder: ModelFolder,
  path: string,
  tokenizer: Tokenizer,
  shape: GenerateShape,
  setting: string,
): ModelFolder {
  const { architecture } = folder;
  if (architecture.kind !== 'transformer')
    throw new TiltyardError(
      'table-checkpoint',
      `${setting}: ${path} holds a table; give a model folder with a network`,
    );
  if (shape.time > architecture.contextLength) {
    throw new TiltyardError(
      'context-too-short',
      `${setting}: ${path} reads ${architecture.contextLength} tokens, the dataset has prompts and ` +
        `completions of up to ${shape.time} together; lower dataset.params.maxPromptTokens and ` +
        'maxCompletionTokens, or cut rows with dataset.params.truncate: true',
    );
  }
  const own = jsonFile(path, 'tokenizer.json');
  const isSame = own === null || canonicalJson(own) === canonicalJson(tokenizer.toJSON());
  if (!isSame || tokenizer.vocabSize > architecture.vocabSize) {
    throw new TiltyardError(
      'other-tokens',
      `${setting}: ${path} has ${architecture.vocabSize} tokens of its own, the dataset's ` +
        `tokenizer has ${tokenizer.vocabSize} others; set dataset.params.tokenizer to the same folder ` +
        '(dataset jsonl), or use a model that was trained on this dataset',
    );
  }
  return folder;
}
