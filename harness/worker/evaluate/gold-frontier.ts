import type { Prompt } from '../../contracts/dataset.js';
import { frontierCurve } from '../../metrics/frontier-curve.js';
import type { NetworkModule } from '../../policy/module.js';
import type { GoldPoint } from '../../store/records.js';
import type { TokenData } from '../data.js';
import { sequenceLogps } from '../reference-logps.js';

/**
 * The most gold reward that any policy has at each KL from this one: where a reward without error would lead
 * what starts here. Evaluation only: it is stored for the report, and no plugin sees it.
 * @returns by rising KL; null where completions cannot be listed, or have no gold reward
 */
export async function goldFrontier(
  policy: NetworkModule,
  data: TokenData,
  prompts: readonly Prompt[],
): Promise<GoldPoint[] | null> {
  const { enumerate, gold } = data.dataset;
  if (enumerate === undefined || gold === undefined) return null;
  const ids = new Map<string, string[]>();
  for (const { id, prompt } of prompts) ids.set(prompt, [...(ids.get(prompt) ?? []), id]);
  const known = [];
  for (const [prompt, [id, ...others]] of ids) {
    const completions = enumerate(prompt);
    const rows = completions.map((text) => data.row(prompt, text, id!));
    const logps = Array.from(await sequenceLogps(policy, rows, data.shape));
    const reward = completions.map((text) => gold(prompt, text));
    known.push({ reference: logps.map(Math.exp), reward, weight: 1 + others.length });
  }
  return frontierCurve(known).map(({ kl, reward }) => ({ kl, goldReward: reward }));
}
