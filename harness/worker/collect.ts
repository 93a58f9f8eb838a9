import { makeLabeller } from './label.js';
import type { Pair, Prompt, Split } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import type { PairRow, RunSpec } from '../store/records.js';
import type { TokenData } from './data.js';

/**
 * Preference data the way a lab gets it: two completions per prompt from a policy, labelled by the gold reward standing
 * in for people. Pairs whose completions are equal carry no preference and are drawn again.
 */
export async function samplePairs(
  source: NetworkModule,
  data: TokenData,
  spec: NonNullable<RunSpec['collect']>,
  split: Split,
  wanted: number,
  rng: Rng,
  progress: (done: number, total: number) => void,
): Promise<PairRow[]> {
  const { gold, tokenizer } = data.dataset;
  if (gold === undefined) throw new TiltyardError('no-gold', "collect: this dataset has no gold reward to label samples with; set collect.from to null and bring pairs of your own");
  const label = makeLabeller(gold, spec.labels);
  const prompts = data.dataset.prompts(split);
  const rows: PairRow[] = [];
  for (let round = 0; rows.length < wanted; round++) {
    if (round >= 8 && rows.length === 0) throw new TiltyardError('no-preferences', `collect: ${round} rounds over ${prompts.length} prompts gave no two different completions; raise collect.temperature`, { exitCode: 1 });
    if (round >= 64) break;
    const order = rng.split(split, 'order', round).shuffle(prompts).slice(0, wanted - rows.length);
    const drawn = await drawTwice(source, data, order, spec.temperature, rng.split(split, 'sample', round));
    order.forEach((prompt, i) => {
      const [a, b] = [tokenizer.decode(drawn[0][i]!), tokenizer.decode(drawn[1][i]!)];
      const labelled = a === '' || b === '' ? null : label(prompt, a, b, rng.split(split, 'label', round, prompt.id));
      if (labelled === null) return;
      rows.push({
        id: `${split}-${rows.length}`,
        prompt: prompt.prompt,
        ...labelled,
        margin: null,
        goldChosen: gold(prompt.prompt, labelled.chosen),
        goldRejected: gold(prompt.prompt, labelled.rejected),
      });
    });
    progress(rows.length, wanted);
  }
  return rows;
}

async function drawTwice(source: NetworkModule, data: TokenData, prompts: readonly Prompt[], temperature: number, rng: Rng) {
  const tokens = prompts.map((p) => data.prompt(p.id, p.prompt));
  const first = await source.generate(tokens, { temperature, rng: rng.split('a') });
  const second = await source.generate(tokens, { temperature, rng: rng.split('b') });
  return [first.completions, second.completions] as const;
}

/** Pairs that the dataset brings along. */
export function givenPairs(data: TokenData, split: Split, limit: number): PairRow[] {
  const pairs = data.dataset.pairs?.(split);
  if (pairs === undefined) throw new TiltyardError('no-pairs', 'collect: this dataset brings no preference pairs; set collect.from to the stage whose policy should be sampled');
  return pairs.slice(0, limit).map((p: Pair) => ({ id: p.id, prompt: p.prompt, chosen: p.chosen, rejected: p.rejected, margin: p.margin ?? null, goldChosen: null, goldRejected: null }));
}
