import type { Engine } from '../engine/engine.js';
import type { RunSpec } from '../store/spec.js';
import { isGiven, type OpenedData } from './open.js';
import { logps } from './logps.js';

/** Answers of the data that the start is asked about; enough to tell a trained model from none. */
const ANSWERS = 16;
/** From this share of an untrained model's surprise on, nothing of the data is known to the start. */
const UNTRAINED = 0.9;

/** How surprised a model is by the data's answers. */
export interface StartFit {
  /** e to the mean negative log-probability of a token. */
  readonly perplexity: number;
  /** That of a model that finds every token equally likely. */
  readonly untrained: number;
}

/**
 * Reads the perplexity of chosen answers under the checkpoint that policies begin as.
 * @returns null where there is no checkpoint, or no pairs to read
 */
export async function startFit(
  engine: Engine,
  { checkpoint }: RunSpec['policy'],
  { open, data }: OpenedData,
): Promise<StartFit | null> {
  const pairs = (open.pairs?.('train') ?? []).slice(0, ANSWERS);
  if (checkpoint === undefined || pairs.length === 0) return null;
  const rows = pairs.map((pair) => data.pair(pair).chosen);
  const lines = (async function* () {
    for (const { prompt, completion } of rows) yield JSON.stringify({ ids: [...prompt, ...completion] });
  })();
  let [sum, tokens, row] = [0, 0, 0];
  for await (const { logps: found } of logps(engine, checkpoint.path, lines, 'the data')) {
    const answer = found.slice(-rows[row++]!.completion.length);
    for (const logp of answer) sum -= logp;
    tokens += answer.length;
  }
  return { perplexity: Math.exp(sum / tokens), untrained: open.tokenizer.vocabSize };
}

/** What to say of a start: its perplexity, and whether it is one that has learned anything; null: nothing. */
export function startInWords(fit: StartFit | null, { policy }: RunSpec, opened: OpenedData): string | null {
  if (fit === null) {
    if (!isGiven(opened) || policy.kind !== 'transformer' || policy.checkpoint !== undefined) return null;
    return 'note: policies begin untrained, without policy.checkpoint: all they know will be these rows';
  }
  const { perplexity, untrained } = fit;
  const said = `the start's perplexity on the data's answers is ${perplexity.toPrecision(3)}`;
  if (Math.log(perplexity) < UNTRAINED * Math.log(untrained)) return `policy.checkpoint: ${said}`;
  const why = `an untrained model's is about ${untrained}: nothing can be learned from this start`;
  const remedy = 'give a trained model, or one that reads this tokenizer';
  return `warning: policy.checkpoint: ${said}, ${why}; ${remedy}`;
}
