/** A line of evals.jsonl: an evaluation on validation prompts, KL a tenth of the step. */
export function evalRow(step: number, gold: number): string {
  const row = {
    step,
    split: 'validation',
    goldReward: estimate(gold),
    proxyReward: null,
    winRate: null,
    kl: { exact: null, raoBlackwell: estimate(step / 10), k1: null, sampler: null },
    exact: null,
    length: estimate(1),
    finishedShare: 1,
    flops: step,
    clock: { atMs: 0, trainSeconds: 0 },
  };
  return `${JSON.stringify(row)}\n`;
}

const estimate = (mean: number) => ({ mean, se: null, n: 1 });
