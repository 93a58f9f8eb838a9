import { hashFile } from '../hash.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { jsonlList } from '../store/jsonl-list.js';
import type { PairRow } from '../store/records.js';
import type { MeasuredRow, PairLogps } from '../store/shared.js';
import type { Pair } from '../contracts/dataset.js';
import type { NetworkModule } from '../policy/module.js';
import { chunks } from './chunks.js';
import { finalEvaluation } from './conclude.js';
import { tokenPairs } from './data.js';
import { Evaluator } from './evaluate/evaluator.js';
import { policySubject } from './evaluate/policy.js';
import { evaluationRng, onTest, onValidation, readings } from './evaluate/streams.js';
import type { Job } from './job.js';
import { pairLogps } from './reference-logps.js';
import { checkLeft } from './shared-file.js';
import { checkStart, hasStart } from './start.js';

/**
 * What every run that begins at a start would otherwise find out again: its samples in an evaluation, gold
 * rewards of draws of its own, and log-probabilities of the pairs under it. All of it is evaluation.
 */
export async function measure(job: Job): Promise<'completed'> {
  const { spec, paths, runs, record, data, models } = job;
  record.phase = 'evaluate';
  const { inputs, seed } = spec;
  const [policy, reference] = [models.policy(false), models.reference()];
  record.startHash = await reference.hash();
  checkStart(spec, runs, record.startHash);
  const evaluated = {
    policy,
    reference,
    hasStart: hasStart(spec),
    reward: null,
    judge: inputs.judge === undefined ? null : models.judge(inputs.judge),
    chooser: null,
  };
  const { meter } = record;
  const evaluator = new Evaluator(data, evaluated, policySubject(policy), meter, evaluationRng(seed));
  const row = await meter.charge('eval', async (): Promise<MeasuredRow> => {
    const read = readings(spec, data);
    const golds: Partial<Record<(typeof read)[number]['split'], number[][]>> = {};
    for (const { split, prompts, samples } of read) {
      const drawn = await evaluator.startGolds(prompts, samples, split);
      if (drawn !== null) golds[split] = drawn.map((values) => Array.from(values));
    }
    const { prompts } = onValidation(spec, data);
    const none = { rows: [], completions: [] };
    const { rows, completions } =
      prompts.length === 0 ? none : await evaluator.sample(prompts, 'validation', 0);
    const chosen = spec.evaluation.blind === true ? null : await chosenGolds(job, evaluated.judge);
    return {
      ...(chosen === null ? {} : { chosen }),
      samples: { rows, completions },
      golds: Object.keys(golds).length === 0 ? null : golds,
      logps: await logpsOf(job),
    };
  });
  // What a stage left has been evaluated at its end; of a checkpoint nobody has, and all compare with it.
  if (inputs.start === null && spec.policy.checkpoint !== undefined && spec.evaluation.blind !== true) {
    const { prompts, samples, split } = onTest(spec, data);
    await finalEvaluation(job, { result: policy, samples: false }, () =>
      evaluator.evaluate(prompts, samples, split),
    );
  }
  writeJsonAtomic(paths.measured, row);
  record.sharedHash = hashFile(paths.measured);
  return 'completed';
}

/** What the data's own answers to test prompts are worth, by the data's gold reward or else by the judge. */
async function chosenGolds(
  { spec, data }: Job,
  judge: NetworkModule | null,
): Promise<NonNullable<MeasuredRow['chosen']> | null> {
  const { gold, pairs } = data.dataset;
  const asked = onTest(spec, data).prompts;
  const wanted = new Set(asked.map(({ prompt }) => prompt));
  const firsts = new Map<string, Pair>();
  for (const pair of pairs?.call(data.dataset, 'test') ?? []) {
    if (wanted.has(pair.prompt) && !firsts.has(pair.prompt)) firsts.set(pair.prompt, pair);
  }
  const answered = asked.filter(({ prompt }) => firsts.has(prompt));
  if (answered.length === 0) return null;
  const ids = answered.map(({ id }) => id);
  const own = answered.map(({ prompt }) => firsts.get(prompt)!);
  if (gold !== undefined)
    return Object.fromEntries(own.map(({ prompt, chosen }, i) => [ids[i]!, gold(prompt, chosen)]));
  if (judge === null) return null;
  const rows = own.map(({ id, prompt, chosen, closed }) => data.row(prompt, chosen, id, closed));
  const scores: number[] = [];
  for (const batch of chunks(rows, data.shape)) scores.push(...(await judge.scores(batch)));
  return Object.fromEntries(ids.map((id, i) => [id, scores[i]!]));
}

async function logpsOf({ spec, runs, data, models, record }: Job): Promise<MeasuredRow['logps']> {
  if (spec.inputs.pairs === null) return null;
  const collected = runs(spec.inputs.pairs);
  const reference = models.reference();
  const of = async (path: string): Promise<PairLogps> => {
    checkLeft(collected, path, spec.stage);
    const pairs = jsonlList<PairRow>(path);
    if (pairs.length === 0) return { chosen: [], rejected: [], flops: 0 };
    const before = record.meter.totals().flops.eval;
    const { chosen, rejected } = await pairLogps(reference, tokenPairs(data, pairs, 'pairs'), data.shape);
    const flops = record.meter.totals().flops.eval - before;
    return { chosen: Array.from(chosen), rejected: Array.from(rejected), flops };
  };
  return { train: await of(collected.pairs), heldout: await of(collected.heldout) };
}
