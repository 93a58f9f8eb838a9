import { hashFile } from '../hash.js';
import { JsonlWriter } from '../store/jsonl.js';
import type { DrawGoldsRow, DrawsRow } from '../store/shared.js';
import { drawEach, scoredDraws } from './draws.js';
import { decodingStream, evaluationRng, readings } from './evaluate/streams.js';
import type { Job } from './job.js';
import { writeRows } from './rows.js';
import { checkStart } from './start.js';

/**
 * Draws the completions that the samplers of a start choose among, for every prompt that they are evaluated
 * on, from the streams that their evaluations have, and scores them. A sampler is charged for those it uses.
 * What the gold reward would take of the same draws is for the report: no run reads it.
 */
export async function draw(job: Job): Promise<'completed'> {
  const { spec, paths, runs, record, data, models } = job;
  record.phase = 'evaluate';
  const [reference, reward] = [models.reference(), models.reward(spec.inputs.reward!)];
  record.startHash = await reference.hash();
  checkStart(spec, runs, record.startHash);
  const { meter } = record;
  const cost = async <T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly flops: number }> => {
    const before = meter.totals().flops.eval;
    const result = await meter.charge('eval', work);
    return { result, flops: meter.totals().flops.eval - before };
  };
  const rng = evaluationRng(spec.seed);
  const n = spec.draws!;
  const { gold, tokenizer } = data.dataset;
  for (const path of [paths.draws, ...(gold === undefined ? [] : [paths.golds])]) writeRows(path, []);
  const writer = new JsonlWriter(paths.draws);
  const golds = gold === undefined ? null : new JsonlWriter(paths.golds);
  for (const { split, prompts, samples } of readings(spec, data)) {
    const tokens = prompts.map((p) => data.prompt(p.id, p.prompt));
    for (let sample = 0; sample < samples && prompts.length > 0; sample++) {
      const stream = decodingStream(rng, split, sample);
      const samples = await cost(() => drawEach(reference, tokens, n, stream));
      const scores = await cost(() => reward.scores(samples.result.batch));
      const row: DrawsRow = {
        stream: stream.key,
        promptIds: prompts.map(({ id }) => id),
        n,
        ...scoredDraws(samples.result, scores.result),
        flops: { rollout: samples.flops, score: scores.flops },
      };
      writer.write(row);
      if (gold === undefined || golds === null) continue;
      const own: DrawGoldsRow = {
        split,
        promptIds: row.promptIds,
        n,
        golds: row.completions.map((tokens, i) =>
          gold(prompts[i % prompts.length]!.prompt, tokenizer.decode(tokens)),
        ),
      };
      golds.write(own);
    }
  }
  writer.close();
  golds?.close();
  record.sharedHash = hashFile(paths.draws);
  return 'completed';
}
