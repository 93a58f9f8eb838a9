/** What a sampler is worth that draws n completions and takes one in proportion to exp(reward / beta). */
export interface ResampledTilt {
  /** Expected reward of what it takes of these draws; its mean over draws is the sampler's own. */
  readonly reward: number;
  /** log n - H(weights), nats: its mean over draws is at least the sampler's KL from what it draws from. */
  readonly kl: number;
}

/** Of one set of draws, with the choice among them summed out (METHOD.md, The ladder). */
export function resampledTilt(rewards: readonly number[], beta: number): ResampledTilt {
  const most = Math.max(...rewards);
  const weights = rewards.map((r) => (beta === 0 ? Number(r === most) : Math.exp((r - most) / beta)));
  const total = weights.reduce((a, b) => a + b, 0);
  let [reward, kl] = [0, 0];
  weights.forEach((w, i) => {
    const p = w / total;
    if (p === 0) return;
    reward += p * rewards[i]!;
    kl += p * Math.log(p * rewards.length);
  });
  return { reward, kl: Math.max(0, kl) };
}
