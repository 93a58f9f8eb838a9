import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../../harness/environment.js';
import type { Rng } from '../../../../harness/rng.js';
import { changeBytes, changeTree, type Json, PIECES, textOf, VALUES } from '../../../mutate/changes.js';

/** Model folders that are whole; sharded ones are made of them. */
const WHOLE = ['tiny-gpt2', 'tiny-llama', 'tiny-qwen2'];
/** Folders of a tokenizer alone, whose settings say more. */
const TOKENIZERS = ['faithful/llama3', 'faithful/llama2', 'faithful/qwen2', 'faithful/unigram'];

/** A mutated folder: what was done to it, for messages, and whether it has weights. */
export interface Mutated {
  readonly what: string;
  readonly weights: boolean;
}

/** Writes a golden folder to a path, with one to three changes. */
export function mutate(dir: string, rng: Rng): Mutated {
  rmSync(dir, { recursive: true, force: true });
  const tokenizer = rng.int(5) === 0;
  const base = rng.pick(tokenizer ? TOKENIZERS : WHOLE);
  cpSync(join(packageRoot(), 'test', 'golden', base), dir, { recursive: true });
  rmSync(join(dir, 'expected.json'), { force: true });
  const done = [base];
  if (!tokenizer && rng.int(4) === 0) shard(dir, rng);
  for (let n = rng.int(4) === 0 ? 2 : 0; n >= 0; n--) done.push(change(dir, tokenizer, rng));
  return { what: done.join(', '), weights: !tokenizer };
}

function change(dir: string, tokenizer: boolean, rng: Rng): string {
  const files = readdirSync(dir);
  const settings = files.filter((name) => /tokenizer|template|special/.test(name));
  const others = files.filter((name) => !settings.includes(name));
  const chosen = (tokenizer || rng.int(4) === 0 ? settings : others).filter((name) => name.includes('.'));
  if (chosen.length === 0) return 'nothing';
  const file = rng.pick(chosen);
  const path = join(dir, file);
  if (rng.int(40) === 0) {
    rmSync(path);
    return `without ${file}`;
  }
  if (rng.int(40) === 0) {
    const name = rng.pick(['special_tokens_map.json', 'added_tokens.json', 'adapter_config.json']);
    writeFileSync(join(dir, name), JSON.stringify(rng.pick(VALUES)));
    return `with ${name}`;
  }
  const bytes = readFileSync(path);
  if (rng.int(4) === 0 || !/\.(json|safetensors)$/.test(file)) {
    writeFileSync(path, inBytes(bytes, rng));
    return `${file} in bytes`;
  }
  if (file.endsWith('.safetensors')) {
    const [header, data] = parts(bytes);
    const what = inHeader(header as Header, rng);
    writeFileSync(path, joined(header, data));
    return `${file}: ${what}`;
  }
  let json: Json;
  try {
    json = JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    json = [];
  }
  if (typeof json !== 'object' || json === null) return `${file}, twice`;
  const what = changeTree(json, rng);
  // Python's numbers, as Python writes them.
  writeFileSync(path, textOf(json, { nan: 'NaN', inf: 'Infinity' }));
  return `${file}: ${what}`;
}

/** Where headers are. */
const HEAD = 4000;

const inBytes = (bytes: Buffer, rng: Rng): Buffer =>
  Buffer.from(changeBytes(bytes, PIECES, rng, rng.int(2) === 0 ? bytes.length : HEAD));

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}
type Header = Record<string, Entry>;

function parts(bytes: Buffer): [Json, Buffer] {
  try {
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, end)) as Json | null;
    return [header ?? {}, bytes.subarray(end)];
  } catch {
    return [{}, bytes];
  }
}

function joined(header: object, data: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const DTYPES = ['F16', 'BF16', 'F64', 'I32', 'F8_E4M3', 'BOOL', 'U8', 'nonsense'];
const RENAMES: readonly ((name: string) => string)[] = [
  (name) => name.replace(/^(model|transformer)\./, ''),
  (name) => `model.${name}`,
  (name) => `${name}.lora_A.weight`,
  (name) => name.replace('.0.', '.1.'),
  (name) => name.replace('.1.', '.9.'),
  (name) => name.replace('weight', 'bias'),
  () => 'lm_head.weight',
  () => 'score.weight',
];

function inHeader(header: Header, rng: Rng): string {
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  if (names.length === 0) return 'no header';
  const name = rng.pick(names);
  const entry = header[name]!;
  if (!Array.isArray((entry as Entry | null)?.shape)) return changeTree(header as unknown as Json, rng);
  switch (rng.int(7)) {
    case 0:
      delete header[name];
      return `${name} removed`;
    case 1: {
      const other = rng.pick(RENAMES)(name);
      delete header[name];
      header[other] = entry;
      return `${name} is ${other}`;
    }
    case 2:
      entry.shape = rng.pick([entry.shape.toReversed(), [...entry.shape, 1], [1, ...entry.shape]]);
      return `${name} reshaped`;
    case 3:
      entry.dtype = rng.pick(DTYPES);
      return `${name} of type ${entry.dtype}`;
    case 4: {
      // The same bytes are half as many numbers of twice the size, or twice as many of half.
      entry.dtype = rng.pick(['F16', 'BF16']);
      entry.shape = entry.shape.map((n, i) => (i === 0 ? n * 2 : n));
      return `${name} of type ${entry.dtype}, twice as long`;
    }
    case 5: {
      const second = rng.pick(names);
      [header[name], header[second]] = [header[second]!, entry];
      return `${name} for ${second}`;
    }
    default:
      return changeTree(header as unknown as Json, rng);
  }
}

/** Cuts the weights into two files with an index. */
function shard(dir: string, rng: Rng): void {
  const [header, data] = parts(readFileSync(join(dir, 'model.safetensors')));
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const map: Record<string, string> = {};
  for (const [i, file] of files.entries()) {
    const own: Header = {};
    const pieces: Buffer[] = [];
    let at = 0;
    for (const name of names.filter((_, k) => k % 2 === i)) {
      const { data_offsets: offsets, ...rest } = (header as Header)[name]!;
      const piece = data.subarray(offsets[0], offsets[1]);
      own[name] = { ...rest, data_offsets: [at, at + piece.length] };
      at += piece.length;
      pieces.push(piece);
      map[name] = file;
    }
    writeFileSync(join(dir, file), joined(own, Buffer.concat(pieces)));
  }
  const index = { metadata: { total_size: data.length }, weight_map: map };
  writeFileSync(join(dir, 'model.safetensors.index.json'), JSON.stringify(index));
  if (rng.int(4) > 0) rmSync(join(dir, 'model.safetensors'));
}

/** Keeps a folder for test/peers/compare_mutated.py, with what came of it here. */
export function keep(dir: string, to: string, outcome: object): void {
  mkdirSync(to, { recursive: true });
  if (existsSync(dir)) cpSync(dir, to, { recursive: true });
  writeFileSync(join(to, 'outcome.json'), JSON.stringify(outcome));
}
