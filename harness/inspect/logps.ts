import type { Engine } from '../engine/engine.js';
import { Meter } from '../metrics/meter.js';
import { type BatchShape, packBatch } from '../policy/batch.js';
import { readPolicyFolder } from '../policy/checkpoint/folder.js';
import type { NetworkModule } from '../policy/module.js';
import { folderTokenizer } from '../policy/tokenizers/folder.js';
import { Rng } from '../rng.js';
import { Models } from '../worker/models.js';
import type { TokenData } from '../worker/data.js';
import { type LogpsRow, logpsRow, textData } from './logps-rows.js';

/** Log-probabilities of a row's tokens, nats. */
export interface LogpsRecord {
  readonly ids: readonly number[];
  /** Of every token of a row of ids but the first; of the completion's tokens in a row of texts. */
  readonly logps: readonly number[];
  readonly sum: number;
}

/** Rows that are computed together. */
const ROWS = 8;
/** Rows are padded to multiples of this, so that few shapes are compiled. */
const STEP = 32;

/**
 * Token log-probabilities of rows under the model of a Hugging Face folder, as training computes them.
 * @param lines rows, one JSON object each: `{ ids }`, or `{ prompt, completion }` of which exactly the texts'
 * own tokens are taken
 * @param source of the lines, for messages
 * @param say is told what of the folder was not read
 */
export async function* logps(
  engine: Engine,
  folder: string,
  lines: AsyncIterable<string>,
  source: string,
  say: (note: string) => void = () => {},
): AsyncGenerator<LogpsRecord> {
  const model = readPolicyFolder(folder);
  for (const note of model.notes) say(note);
  const { vocabSize, contextLength, kind } = model.architecture;
  const longest = kind === 'tabular' ? null : contextLength;
  const module = moduleOf(engine, model);
  let data: TokenData | undefined;
  const bounds = {
    vocabSize,
    contextLength: longest,
    texts: () => (data ??= textData(folderTokenizer(folder))),
  };
  const timeOf = ({ ids }: LogpsRow): number =>
    longest === null ? ids.length : Math.min(longest, Math.ceil(ids.length / STEP) * STEP);
  let waiting: LogpsRow[] = [];
  let line = 0;
  for await (const text of lines) {
    const row = logpsRow(text, `${source}:${++line}`, bounds);
    if (row === null) continue;
    const alike = waiting.length === 0 || timeOf(waiting[0]!) === timeOf(row);
    if (!alike || waiting.length === ROWS) {
      yield* await computed(module, waiting, timeOf(waiting[0]!));
      waiting = [];
    }
    waiting.push(row);
  }
  if (waiting.length > 0) yield* await computed(module, waiting, timeOf(waiting[0]!));
}

function moduleOf(engine: Engine, model: ReturnType<typeof readPolicyFolder>): NetworkModule {
  const models = new Models({
    engine,
    shape: { time: 2, completion: 1, padId: 0, eosId: null }, // of samples, of which none is drawn
    meter: new Meter(),
    heads: Rng.fromSeed(0),
    start: () => model,
    finished: () => model,
  });
  return models.reference();
}

async function computed(
  module: NetworkModule,
  rows: readonly LogpsRow[],
  time: number,
): Promise<LogpsRecord[]> {
  const shape: BatchShape = { time, completion: time - 1, padId: 0 };
  // Repeated to the full number, so that a shape is compiled once.
  const batch = Array.from({ length: rows.length === 1 ? 1 : ROWS }, (_, i) => rows[i % rows.length]!);
  const packed = packBatch(
    batch.map(({ ids, from }) => ({ prompt: ids.slice(0, from), completion: ids.slice(from) })),
    shape,
  );
  const { data } = await module.tokenLogps(packed);
  return rows.map(({ ids, from }, i) => {
    const start = i * shape.completion;
    const values = Array.from(data.subarray(start, start + ids.length - from));
    return { ids, logps: values, sum: values.reduce((sum, value) => sum + value, 0) };
  });
}
