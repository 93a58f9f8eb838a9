import { TiltyardError } from '../../errors.js';
import type { Architecture } from '../architecture.js';
import { tabular } from '../tabular.js';
import { type Config, Fields } from './config.js';
import { readGemma, readGemma2 } from './gemma.js';
import { readGpt2 } from './gpt2.js';
import { readGptNeox } from './gpt-neox.js';
import { readLlama, readMistral, readQwen2, readQwen3, readSmolLm3 } from './llama-config.js';
import { readPhi3 } from './phi3.js';

export type { Config } from './config.js';

/** A family of models, by the `model_type` of config.json. */
interface Family {
  /** Whether the embeddings are the output matrix where `tie_word_embeddings` is absent. */
  readonly tied: boolean;
  /** @throws TiltyardError for fields that change what a model computes in ways that are not built */
  read(fields: Fields, tied: boolean): Architecture;
}

/** Every family that is built, with transformers 5.18's default of `tie_word_embeddings`. */
const FAMILIES: Readonly<Record<string, Family>> = {
  gemma: { tied: true, read: readGemma },
  gemma2: { tied: true, read: readGemma2 },
  gpt2: { tied: true, read: readGpt2 },
  gpt_neox: { tied: false, read: readGptNeox },
  llama: { tied: false, read: readLlama },
  mistral: { tied: false, read: readMistral },
  phi3: { tied: false, read: readPhi3 },
  qwen2: { tied: false, read: readQwen2 },
  qwen3: { tied: false, read: readQwen3 },
  smollm3: { tied: true, read: readSmolLm3 },
  tiltyard_table: { tied: true, read: readTable },
};

/** A policy without a network: one row of logits per context. */
function readTable(fields: Fields): Architecture {
  return tabular({ contexts: fields.size('contexts', 0), actions: fields.size('actions', 0) });
}

const familyOf = (config: Config): Family | undefined => {
  const type = config['model_type'];
  return typeof type === 'string' && Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
};

/** Whether the embeddings are the output matrix. */
export const isTied = (config: Config): boolean => {
  const given = config['tie_word_embeddings'];
  return typeof given === 'boolean' ? given : (familyOf(config)?.tied ?? true);
};

/**
 * The architecture that a config.json describes.
 * @param path of the file, for messages
 * @throws TiltyardError for a family, or a part of one, that is not built
 */
export function architectureOf(config: Config, path: string, tied = isTied(config)): Architecture {
  const family = familyOf(config);
  if (family === undefined)
    throw new TiltyardError(
      'unknown-model',
      `${path}: model_type '${String(config['model_type'])}' is not known; ` +
        `known: ${Object.keys(FAMILIES).join(', ')}`,
    );
  const fields = new Fields(path, config);
  fields.boolean('tie_word_embeddings', tied);
  return family.read(fields, tied);
}
