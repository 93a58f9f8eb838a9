import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { Meter } from '../metrics/meter.js';
import { packBatch } from '../policy/batch.js';
import { readPolicyFolder } from '../policy/checkpoint/folder.js';
import type { NetworkModule } from '../policy/module.js';
import { chatTemplate, type Message } from '../policy/tokenizers/chat.js';
import { huggingFaceTokenizer } from '../policy/tokenizers/huggingface.js';
import { Rng } from '../rng.js';
import { readJson } from '../store/atomic.js';
import { Models } from '../worker/models.js';
import { absolute, type Check, failed, same } from './checks.js';

/** expected.json of a golden model folder. */
interface Expected {
  readonly text?: string;
  readonly textIds?: number[];
  readonly ids: number[][];
  readonly lastLogits: number[][];
  readonly tokenLogps: number[][];
  readonly greedy: number[][];
  readonly leftPadded?: {
    readonly ids: number[] | number[][];
    readonly attentionMask: number[] | number[][];
    readonly lastLogits: number[] | number[][];
  };
  readonly chat?: { readonly messages: readonly Message[]; readonly text: string; readonly ids: number[] };
  readonly unicode?: { readonly text: string; readonly ids: number[] };
}

/** What float32 supports on a small model: another order of sums. */
const TOLERANCE = 2e-4;
const GREEDY_PROMPT = 16;

/** Tokenizer, chat template, logits, log-probabilities, left padding and greedy generation of a folder. */
export async function verifyModel(dir: string, engine: Engine): Promise<Check[]> {
  const want = readJson<Expected>(join(dir, 'expected.json'));
  return [
    ...(await attempt('tokenizer', async () => ofTokenizer(dir, want))),
    ...(await attempt('model', () => ofModel(dir, engine, want))),
  ];
}

/** Checks, or one failed check with the reason why they could not be computed. */
async function attempt(name: string, checks: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await checks();
  } catch (error) {
    return [failed(name, error)];
  }
}

function ofTokenizer(dir: string, { text, textIds, unicode, chat }: Expected): Check[] {
  const tokenizer = huggingFaceTokenizer(dir);
  const checks: Check[] = [];
  if (text !== undefined && textIds !== undefined) {
    checks.push(same('tokenizer: text', tokenizer.encode(text), textIds));
  }
  if (unicode !== undefined) {
    checks.push(same('tokenizer: unicode', tokenizer.encode(unicode.text), unicode.ids));
    checks.push(same('tokenizer: unicode and back', tokenizer.decode(unicode.ids), unicode.text));
  }
  if (chat !== undefined) {
    checks.push(same('chat template', chatTemplate(dir)?.(chat.messages, true), chat.text));
    checks.push(same('tokenizer: chat', tokenizer.encode(chat.text), chat.ids));
  }
  return checks;
}

/** The model for rows of `time` tokens, of which `completion` at most are completion tokens. */
type Shaped = (time: number, completion: number) => NetworkModule;

async function ofModel(dir: string, engine: Engine, want: Expected): Promise<Check[]> {
  const model = shaped(dir, engine);
  const close = (name: string, got: readonly number[], wanted: readonly number[][]): Check =>
    absolute(name, got, wanted.flat(), TOLERANCE);
  const checks = [
    close('logits at the last position', await lastLogits(model, want.ids), want.lastLogits),
    close('log-probabilities of every token', await tokenLogps(model, want.ids), want.tokenLogps),
  ];
  if (want.leftPadded !== undefined) {
    const { ids, attentionMask, lastLogits: wanted } = want.leftPadded;
    const masks = nested(attentionMask);
    // Positions count from the first real token, so a left-padded row is the row without its padding.
    const rows = nested(ids).map((row, i) => row.filter((_, j) => masks[i]![j] === 1));
    checks.push(close('left padding', await lastLogits(model, rows), nested(wanted)));
  }
  return [...checks, await greedyGeneration(model, want.greedy)];
}

function shaped(dir: string, engine: Engine): Shaped {
  const folder = readPolicyFolder(dir);
  const shape = { time: 1, completion: 1, padId: 0, eosId: null };
  const meter = new Meter();
  const heads = Rng.fromSeed(0);
  const models = new Models({ engine, shape, meter, heads, start: () => folder, finished: () => folder });
  const model = models.reference();
  return (time, completion) => models.reshaped(model, { ...shape, time, completion });
}

async function lastLogits(model: Shaped, rows: readonly number[][]): Promise<number[]> {
  const logits: number[] = [];
  for (const ids of rows) {
    const batch = packBatch([{ prompt: ids, completion: [] }], { time: ids.length, completion: 1, padId: 0 });
    logits.push(...(await model(ids.length, 1).nextLogits(batch)));
  }
  return logits;
}

/** Of every token but the first, row by row. */
async function tokenLogps(model: Shaped, rows: readonly number[][]): Promise<number[]> {
  const logps: number[] = [];
  for (const ids of rows) {
    const [time, completion] = [ids.length, ids.length - 1];
    const row = { prompt: ids.slice(0, 1), completion: ids.slice(1) };
    const { data } = await model(time, completion).tokenLogps(
      packBatch([row], { time, completion, padId: 0 }),
    );
    logps.push(...data);
  }
  return logps;
}

async function greedyGeneration(model: Shaped, want: readonly number[][]): Promise<Check> {
  const longest = Math.max(...want.map((ids) => ids.length));
  const prompts = want.map((ids, i) => ({ id: String(i), ids: ids.slice(0, GREEDY_PROMPT) }));
  const options = { greedy: true, rng: Rng.fromSeed(0) };
  const { completions } = await model(longest, longest - GREEDY_PROMPT).generate(prompts, options);
  const got = completions.map((tokens, i) => tokens.slice(0, want[i]!.length - GREEDY_PROMPT));
  const wanted = want.map((ids) => ids.slice(GREEDY_PROMPT));
  return same('greedy generation', got, wanted);
}

const nested = (x: number[] | number[][]): number[][] =>
  Array.isArray(x[0]) ? (x as number[][]) : [x as number[]];
