import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import type { HostTensor } from '../../engine/tensor.js';
import type { Architecture } from '../architecture.js';
import type { Normalisation } from '../module.js';
import { utf8File } from '../../utf8.js';
import { baseOf, isAdapterFolder } from '../lora/adapter-config.js';
import { tokenizerFiles } from './files.js';
import { HEAD_NAMES } from './folder.js';
import { type RawField, rawFields } from './raw-fields.js';
import { encodeSafetensors } from './safetensors.js';

/** A trained network, and where it comes from. */
interface Written {
  readonly architecture: Architecture;
  readonly arrays: ReadonlyMap<string, HostTensor>;
  readonly normalisation: Normalisation | null;
  readonly tokenizer: Tokenizer | null;
  /** The model folder that training began as; null: none, the architecture was made here. */
  readonly from: string | null;
}

/**
 * Writes a model folder that `transformers` loads. Of the folder that it began as everything but the weights
 * stays as it came: every field of config.json, generation_config.json, the tokenizer's files to the byte.
 * Training changes the type of numbers, and for a reward the class.
 */
export function writeModelFolder(dir: string, written: Written): void {
  const { architecture, arrays, tokenizer } = written;
  const from = written.from !== null && isAdapterFolder(written.from) ? baseOf(written.from) : written.from;
  mkdirSync(dir, { recursive: true });
  const fields = from === null ? ownFields(architecture, tokenizer) : givenFields(from, written);
  const config = [...fields, ...rewardFields(written)];
  const merged = new Map(config); // later ones win, where earlier ones stand
  const lines = [...merged].map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`);
  writeFileSync(join(dir, 'config.json'), `{\n${lines.join(',\n')}\n}\n`);
  if (from !== null) copy(from, dir, ['generation_config.json']);
  const source = tokenizer?.folder ?? from;
  if (source !== null) copy(source, dir, tokenizerFiles(source));
  if (tokenizer !== null && !existsSync(join(dir, 'tokenizer.json')))
    writeFileSync(join(dir, 'tokenizer.json'), `${JSON.stringify(tokenizer.toJSON())}\n`);
  writeFileSync(join(dir, 'model.safetensors'), encodeSafetensors(arrays));
}

function copy(from: string, to: string, files: readonly string[]): void {
  for (const file of files) {
    if (!existsSync(join(from, file))) continue;
    mkdirSync(dirname(join(to, file)), { recursive: true });
    copyFileSync(join(from, file), join(to, file));
  }
}

/** As `JSON.stringify(value, null, 2)` writes it inside an object. */
const raw = (value: unknown): string => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');

/** A network that was made here ends where its tokenizer ends. */
function ownFields(architecture: Architecture, tokenizer: Tokenizer | null): RawField[] {
  const ends = tokenizer?.endIds ?? [];
  const config = architecture.config();
  const several = ends.length > 1 && 'eos_token_id' in config ? { eos_token_id: ends } : {};
  return Object.entries({ ...config, ...several }).map(([name, value]) => [name, raw(value)]);
}

const TYPES = ['dtype', 'torch_dtype'];
/** Fields of a classifier, which a policy is not, nor a reward with one score. */
const CLASSIFIER = ['num_labels', 'id2label', 'label2id', 'problem_type', 'tiltyard'];

function givenFields(from: string, { architecture, arrays }: Written): RawField[] {
  const given = rawFields(utf8File(join(from, 'config.json')));
  const classes = given.find(([name]) => name === 'architectures')?.[1] ?? '';
  const changes = hasHead(arrays) || classes.includes('ForSequenceClassification');
  const fields = changes ? given.filter(([name]) => !CLASSIFIER.includes(name)) : given;
  const typed = fields.map(
    ([name, text]): RawField => [name, TYPES.includes(name) && text !== 'null' ? raw('float32') : text],
  );
  return changes ? [...typed, ['architectures', raw(architecture.config()['architectures'])]] : typed;
}

const hasHead = (arrays: Written['arrays']): boolean => HEAD_NAMES.some((name) => arrays.has(name));

function rewardFields({ architecture, arrays, normalisation }: Written): RawField[] {
  const fields: RawField[] = [];
  if (hasHead(arrays) && architecture.kind === 'transformer') {
    const classes = [sequenceClassifier(architecture.config())];
    fields.push(['architectures', raw(classes)], ['num_labels', raw(1)]);
  }
  if (normalisation !== null)
    fields.push(['tiltyard', raw({ rewardMean: normalisation.mean, rewardStd: normalisation.std })]);
  return fields;
}

function sequenceClassifier(config: Record<string, unknown>): string {
  const [causal] = config['architectures'] as string[];
  return `${String(causal).replace(/(LMHeadModel|ForCausalLM)$/, '')}ForSequenceClassification`;
}
