import { join } from 'node:path';
import { chatTemplate, type Message } from '../policy/tokenizers/chat.js';
import { huggingFaceTokenizer } from '../policy/tokenizers/huggingface.js';
import type { Engine } from '../engine/engine.js';
import { Meter } from '../metrics/meter.js';
import { packBatch } from '../policy/batch.js';
import { readModelFolder } from '../policy/checkpoint/folder.js';
import { NetworkModule } from '../policy/module.js';
import { Rng } from '../rng.js';
import { readJson } from '../store/atomic.js';
import { absolute, type Check, failed, same } from './checks.js';

/** expected.json of a golden model folder. */
interface Expected {
  readonly text?: string;
  readonly textIds?: number[];
  readonly ids: number[][];
  readonly lastLogits: number[][];
  readonly tokenLogps: number[][];
  readonly greedy: number[][];
  readonly leftPadded?: { readonly ids: number[] | number[][]; readonly attentionMask: number[] | number[][]; readonly lastLogits: number[] | number[][] };
  readonly chat?: { readonly messages: readonly Message[]; readonly text: string; readonly ids: number[] };
  readonly unicode?: { readonly text: string; readonly ids: number[] };
}

/** What float32 supports on a small model: another order of sums. */
const TOLERANCE = 2e-4;
const GREEDY_PROMPT = 16;

/** Tokenizer, chat template, logits, log-probabilities, left padding and greedy generation of a Hugging Face model folder. */
export async function verifyModel(dir: string, engine: Engine): Promise<Check[]> {
  const want = readJson<Expected>(join(dir, 'expected.json'));
  const checks: Check[] = [];
  const attempt = async (name: string, run: () => Check | Check[] | Promise<Check | Check[]>): Promise<void> => {
    try {
      checks.push(...[await run()].flat());
    } catch (error) {
      checks.push(failed(name, error));
    }
  };
  await attempt('tokenizer', () => {
    const tokenizer = huggingFaceTokenizer(dir);
    return [
      ...(want.text === undefined || want.textIds === undefined ? [] : [same('tokenizer: text', tokenizer.encode(want.text), want.textIds)]),
      ...(want.unicode === undefined ? [] : [same('tokenizer: unicode', tokenizer.encode(want.unicode.text), want.unicode.ids), same('tokenizer: unicode and back', tokenizer.decode(want.unicode.ids), want.unicode.text)]),
      ...(want.chat === undefined ? [] : [same('chat template', chatTemplate(dir)?.(want.chat.messages, true), want.chat.text), same('tokenizer: chat', tokenizer.encode(want.chat.text), want.chat.ids)]),
    ];
  });
  await attempt('model', async () => {
    const { architecture, body } = readModelFolder(dir);
    const variables = engine.variables(body);
    const module = (time: number, completion: number): NetworkModule => new NetworkModule('verified', engine, architecture, variables, null, { time, completion, padId: 0, eosId: null }, new Meter(), false);
    const out: Check[] = [];
    const each = async (name: string, rows: readonly number[][], logits: readonly number[][]): Promise<void> => {
      const got: number[] = [];
      for (const ids of rows) got.push(...(await module(ids.length, 1).nextLogits(packBatch([{ prompt: ids, completion: [] }], { time: ids.length, completion: 1, padId: 0 }))));
      out.push(absolute(name, got, logits.flat(), TOLERANCE));
    };
    await each('logits at the last position', want.ids, want.lastLogits);
    const logps: number[] = [];
    for (const ids of want.ids) {
      const { data } = await module(ids.length, ids.length - 1).tokenLogps(packBatch([{ prompt: ids.slice(0, 1), completion: ids.slice(1) }], { time: ids.length, completion: ids.length - 1, padId: 0 }));
      logps.push(...data);
    }
    out.push(absolute('log-probabilities of every token', logps, want.tokenLogps.flat(), TOLERANCE));
    if (want.leftPadded !== undefined) {
      const { ids, attentionMask, lastLogits } = want.leftPadded;
      const [rows, masks, logits] = [nested(ids), nested(attentionMask), nested(lastLogits)];
      // Positions count from the first real token, so a left-padded row is the row without its padding.
      await each('left padding', rows.map((row, i) => row.filter((_, j) => masks[i]![j] === 1)), logits);
    }
    const longest = Math.max(...want.greedy.map((ids) => ids.length));
    const prompts = want.greedy.map((ids, i) => ({ id: String(i), ids: ids.slice(0, GREEDY_PROMPT) }));
    const { completions } = await module(longest, longest - GREEDY_PROMPT).generate(prompts, { greedy: true, rng: Rng.fromSeed(0) });
    out.push(same('greedy generation', completions.map((tokens, i) => tokens.slice(0, want.greedy[i]!.length - GREEDY_PROMPT)), want.greedy.map((ids) => ids.slice(GREEDY_PROMPT))));
    return out;
  });
  return checks;
}

const nested = (x: number[] | number[][]): number[][] => (Array.isArray(x[0]) ? (x as number[][]) : [x as number[]]);
