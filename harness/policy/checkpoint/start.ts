import { join } from 'node:path';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { canonicalJson } from '../../hash.js';
import { TiltyardError } from '../../errors.js';
import { difference } from '../../store/given.js';
import type { PolicySpec } from '../../store/spec.js';
import type { GenerateShape } from '../generate.js';
import { jsonFile } from '../tokenizers/json-file.js';
import { hashModelFolder } from './files.js';
import { type ModelFolder, readModelFolder } from './folder.js';

/** The checkpoint that a run was planned with. @throws TiltyardError where its files have changed since */
export function startingModel(
  planned: NonNullable<PolicySpec['checkpoint']>,
  tokenizer: Tokenizer,
  shape: GenerateShape,
): ModelFolder {
  const now = hashModelFolder(planned.path);
  if (now.hash !== planned.hash) {
    // An older version kept no files, and another hash.
    const changed = difference(planned.files ?? now.files, now.files);
    const what =
      changed === null
        ? `${planned.path} has changed`
        : `${join(planned.path, changed.file)} ${changed.what}`;
    throw new TiltyardError(
      'checkpoint-changed',
      `policy.checkpoint: ${what} since this run was planned; bring it back, or start a new run`,
      { exitCode: 1 },
    );
  }
  return fittingModel(planned.path, tokenizer, shape);
}

/**
 * A model folder as the policy of an experiment, held to what the dataset asks of it.
 * @throws TiltyardError where its context is too short, or its tokens are not the dataset's
 */
export function fittingModel(path: string, tokenizer: Tokenizer, shape: GenerateShape): ModelFolder {
  const folder = readModelFolder(path);
  const { architecture } = folder;
  if (architecture.kind !== 'transformer')
    throw new TiltyardError(
      'table-checkpoint',
      `policy.checkpoint: ${path} holds a table; give a model folder with a network`,
    );
  if (shape.time > architecture.contextLength) {
    throw new TiltyardError(
      'context-too-short',
      `policy.checkpoint: ${path} reads ${architecture.contextLength} tokens, the dataset has prompts and ` +
        `completions of up to ${shape.time} together; lower dataset.params.maxPromptTokens and ` +
        'maxCompletionTokens, or cut rows with dataset.params.truncate: true',
    );
  }
  const own = jsonFile(path, 'tokenizer.json');
  const isSame = own === null || canonicalJson(own) === canonicalJson(tokenizer.toJSON());
  if (!isSame || tokenizer.vocabSize > architecture.vocabSize) {
    throw new TiltyardError(
      'other-tokens',
      `policy.checkpoint: ${path} has ${architecture.vocabSize} tokens of its own, the dataset's ` +
        `tokenizer has ${tokenizer.vocabSize} others; set dataset.params.tokenizer to the same folder ` +
        '(dataset jsonl), or use a model that was trained on this dataset',
    );
  }
  return folder;
}
