import type { OpenDataset, Prompt } from '../../contracts/dataset.js';
import { expectation, frontierReward } from '../../metrics/frontier.js';
import { completionSums } from '../../policy/batch.js';
import type { NetworkModule } from '../../policy/module.js';
import { chunks } from '../chunks.js';
import type { TokenData } from '../data.js';
import type { Subject } from './subject.js';

/** Sums over every completion of every prompt. */
export interface Listed {
  /** KL(pi || pi_ref) of each prompt, nats. */
  readonly kl: readonly number[];
  /** Means over the prompts, as in `EvalRow.exact`; null without a gold reward. */
  readonly exact: {
    readonly goldReward: number;
    readonly frontierEfficiency: number | null;
    readonly regret: number;
  } | null;
}

/** A policy that has moved less than this has no efficiency: its gain and the frontier's are both 0. Nats. */
const MOVED = 1e-6;

/** Null where completions cannot be listed, or where the subject has no probabilities for them. */
export async function listed(
  subject: Subject,
  reference: NetworkModule,
  data: TokenData,
  prompts: readonly Prompt[],
): Promise<Listed | null> {
  const { dataset } = data;
  if (dataset.enumerate === undefined || !subject.hasProbabilities) return null;
  const byText = new Map<string, OnePrompt>();
  for (const prompt of prompts) {
    if (byText.has(prompt.prompt)) continue;
    const completions = dataset.enumerate(prompt.prompt);
    const { logps, refLogps } = await ofEveryCompletion(subject, reference, data, prompt, completions);
    byText.set(prompt.prompt, onePrompt(logps, refLogps, goldOf(dataset, prompt.prompt, completions)));
  }
  const each = prompts.map(({ prompt }) => byText.get(prompt)!);
  const average = (of: (x: OnePrompt) => number): number =>
    each.reduce((sum, x) => sum + of(x), 0) / prompts.length;
  const moved = average((x) => x.kl) > MOVED;
  return {
    kl: each.map((x) => x.kl),
    exact:
      dataset.gold === undefined
        ? null
        : {
            goldReward: average((x) => x.gold),
            frontierEfficiency: moved ? average((x) => x.gain) / average((x) => x.best) : null,
            regret: average((x) => x.best - x.gain),
          },
  };
}

interface OnePrompt {
  readonly kl: number;
  /** Expected gold reward; NaN without one, like the two below. */
  readonly gold: number;
  /** Gold reward above the reference's: the policy's, and the most that any policy has at its KL. */
  readonly gain: number;
  readonly best: number;
}

function onePrompt(
  logps: readonly number[],
  refLogps: readonly number[],
  reward: readonly number[] | null,
): OnePrompt {
  const [policy, reference] = [logps.map(Math.exp), refLogps.map(Math.exp)];
  const kl = policy.reduce((sum, p, i) => (p === 0 ? sum : sum + p * (logps[i]! - refLogps[i]!)), 0);
  if (reward === null) return { kl, gold: Number.NaN, gain: Number.NaN, best: Number.NaN };
  const gold = expectation(policy, reward);
  const start = expectation(reference, reward);
  return { kl, gold, gain: gold - start, best: frontierReward(reference, reward, kl) - start };
}

const goldOf = ({ gold }: OpenDataset, prompt: string, completions: readonly string[]): number[] | null =>
  gold === undefined ? null : completions.map((text) => gold(prompt, text));

/** log pi and log pi_ref of every completion of a prompt. */
async function ofEveryCompletion(
  subject: Subject,
  reference: NetworkModule,
  data: TokenData,
  { id, prompt }: Prompt,
  completions: readonly string[],
): Promise<{ logps: readonly number[]; refLogps: readonly number[] }> {
  const rows = completions.map((text) => data.row(prompt, text, id));
  const [refLogps, measured]: [number[], number[]] = [[], []];
  for (const batch of chunks(rows, data.shape)) {
    refLogps.push(...completionSums(await reference.tokenLogps(batch)));
    measured.push(...Array.from(await subject.measure(batch)));
  }
  return { logps: subject.logps(measured, refLogps), refLogps };
}
