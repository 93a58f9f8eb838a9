import type { Pair, Prompt, Split } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { mapped, sliced } from '../lazy-list.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import type { PairRow } from '../store/records.js';
import { ALL_PAIRS, type RunSpec } from '../store/spec.js';
import { type TokenData, tokenPairs } from './data.js';
import type { Job } from './job.js';
import { makeLabeller } from './label.js';
import { writeRows } from './rows.js';
import { checkSplits } from './splits.js';

/**
 * Makes the preference pairs of an experiment: those that the dataset brings, or samples of a policy with
 * labels.
 */
export async function collect(job: Job): Promise<'completed'> {
  const { spec, paths, record, data } = job;
  record.phase = 'collect';
  const shared = checkSplits(data.dataset, `collect: dataset ${spec.dataset.name}`);
  const wanted = spec.collect!;
  const given = spec.inputs.start === null && data.dataset.pairs !== undefined;
  const [train, heldout] = given
    ? [givenPairs(data, 'train', wanted.pairs), givenPairs(data, 'heldout', wanted.heldoutPairs)]
    : await sampled(job, wanted);
  tokenPairs(data, train, 'collect'); // refuses what no plugin could train on
  writeRows(paths.pairs, train);
  writeRows(paths.heldout, heldout);
  record.summary = {
    pairs: train.length,
    heldoutPairs: heldout.length,
    // Said where a world has few contexts, or whoever gave the data allowed it.
    ...(shared > 0 ? { sharedPrompts: shared } : {}),
    // Said where a file has fewer than were asked for.
    ...(given && isShort(train, wanted.pairs) ? { pairsAsked: wanted.pairs } : {}),
    ...(given && isShort(heldout, wanted.heldoutPairs) ? { heldoutPairsAsked: wanted.heldoutPairs } : {}),
  };
  return 'completed';
}

const isShort = ({ length }: readonly PairRow[], wanted: number): boolean =>
  length < wanted && wanted !== ALL_PAIRS;

/** Pairs that the dataset brings along. */
function givenPairs(data: TokenData, split: Split, limit: number): readonly PairRow[] {
  const pairs = data.dataset.pairs?.(split) ?? [];
  return mapped(sliced(pairs, 0, limit), ({ id, prompt, chosen, rejected, margin, closed }: Pair) => {
    const row = {
      id,
      prompt,
      chosen,
      rejected,
      margin: margin ?? null,
      goldChosen: null,
      goldRejected: null,
    };
    return closed === true ? { ...row, closed } : row;
  });
}

type CollectSpec = NonNullable<RunSpec['collect']>;

async function sampled(job: Job, spec: CollectSpec): Promise<[PairRow[], PairRow[]]> {
  const { record, data, rng, host } = job;
  const source = job.models.source();
  record.startHash = await source.hash();
  const progress = (done: number, total: number): void =>
    host.emit({ type: 'progress', phase: 'prepare', step: done, totalSteps: total, metrics: {} });
  const train = await samplePairs(source, data, spec, 'train', spec.pairs, rng, progress);
  return [train, await samplePairs(source, data, spec, 'heldout', spec.heldoutPairs, rng, progress)];
}

/**
 * Preference data the way a lab gets it: two completions per prompt from a policy, labelled by the gold
 * reward standing in for people. Pairs whose completions are equal carry no preference and are drawn again.
 */
async function samplePairs(
  source: NetworkModule,
  data: TokenData,
  spec: CollectSpec,
  split: Split,
  wanted: number,
  rng: Rng,
  progress: (done: number, total: number) => void,
): Promise<PairRow[]> {
  const { gold, tokenizer } = data.dataset;
  if (gold === undefined) {
    const advice = 'set collect.from to null and bring pairs of your own';
    throw new TiltyardError(
      'no-gold',
      `collect: this dataset has no gold reward to label samples with; ${advice}`,
    );
  }
  const label = makeLabeller(gold, spec.labels);
  const prompts = data.dataset.prompts(split);
  if (wanted > 0 && prompts.length === 0) {
    const remedy = 'set collect.heldoutPairs: 0, or give the dataset some';
    throw new TiltyardError('no-split', `collect: the dataset has no ${split} prompts; ${remedy}`);
  }
  const rows: PairRow[] = [];
  for (let round = 0; rows.length < wanted && round < MOST_ROUNDS; round++) {
    if (round >= FRUITLESS_ROUNDS && rows.length === 0) throw noPreferences(round, prompts.length);
    const order = rng
      .split(split, 'order', round)
      .shuffle(prompts)
      .slice(0, wanted - rows.length);
    const drawn = await drawTwice(source, data, order, spec.temperature, rng.split(split, 'sample', round));
    order.forEach((prompt, i) => {
      const [a, b] = [tokenizer.decode(drawn[0][i]!), tokenizer.decode(drawn[1][i]!)];
      const stream = rng.split(split, 'label', round, prompt.id);
      const labelled = a === '' || b === '' ? null : label(prompt, a, b, stream);
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

/** Rounds after which sampling that gave no pair at all is given up. */
const FRUITLESS_ROUNDS = 8;
/** Rounds after which those pairs that there are have to do. */
const MOST_ROUNDS = 64;

function noPreferences(rounds: number, prompts: number): TiltyardError {
  const problem = `${rounds} rounds over ${prompts} prompts gave no two different completions`;
  return new TiltyardError('no-preferences', `collect: ${problem}; raise collect.temperature`, {
    exitCode: 1,
  });
}

async function drawTwice(
  source: NetworkModule,
  data: TokenData,
  prompts: readonly Prompt[],
  temperature: number,
  rng: Rng,
) {
  const tokens = prompts.map((p) => data.prompt(p.id, p.prompt));
  const first = await source.generate(tokens, { temperature, rng: rng.split('a') });
  const second = await source.generate(tokens, { temperature, rng: rng.split('b') });
  return [first.completions, second.completions] as const;
}
