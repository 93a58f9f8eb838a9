import { standardDeviation } from '../../stats/moments.js';
import type { KlEstimates } from '../../store/records.js';

/** How KL varies over prompts. @param kl of each prompt, nats */
export function tailOf(kl: readonly number[]): NonNullable<KlEstimates['tail']> {
  const sorted = [...kl].sort((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.ceil(0.95 * sorted.length) - 1)]!;
  return { p95, sd: kl.length < 2 ? 0 : standardDeviation(kl) };
}
