import type { OpenDataset, Prompt } from '../../contracts/dataset.js';
import { expectation, frontierReward } from '../../metrics/frontier.js';
import { type BatchShape, completionSums, type TokenRow } from '../../policy/batch.js';
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

/** log pi and log pi_ref of every completion of a prompt, in the order in which the dataset lists them. */
export interface ListedPrompt {
  readonly prompt: string;
  readonly logps: readonly number[];
  readonly refLogps: readonly number[];
}

/** Null where completions cannot be listed, or where the subject has no probabilities for them. */
export async function listing(
  subject: Subject,
  reference: NetworkModule,
  data: Pick<TokenData, 'shape' | 'listed'>,
  prompts: readonly Prompt[],
): Promise<ListedPrompt[] | null> {
  if (!subject.hasProbabilities) return null;
  const byText = new Map<string, ListedPrompt>();
  for (const prompt of prompts) {
    if (byText.has(prompt.prompt)) continue;
    const rows = data.listed(prompt);
    if (rows === null) return null;
    const logps = await ofEveryCompletion(subject, reference, data.shape, rows);
    byText.set(prompt.prompt, { prompt: prompt.prompt, ...logps });
  }
  return byText.size === 0 ? null : [...byText.values()];
}

/** What a listing comes to. @param listings of every prompt */
export function listed(
  listings: readonly ListedPrompt[],
  dataset: Pick<OpenDataset, 'gold' | 'enumerate'>,
  prompts: readonly Prompt[],
): Listed {
  const byText = new Map(
    listings.map(({ prompt, logps, refLogps }) => {
      const completions = dataset.enumerate!(prompt);
      return [prompt, onePrompt(logps, refLogps, goldOf(dataset, prompt, completions))] as const;
    }),
  );
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

const goldOf = (
  { gold }: Pick<OpenDataset, 'gold'>,
  prompt: string,
  completions: readonly string[],
): number[] | null => (gold === undefined ? null : completions.map((text) => gold(prompt, text)));

async function ofEveryCompletion(
  subject: Subject,
  reference: NetworkModule,
  shape: BatchShape,
  rows: readonly TokenRow[],
): Promise<{ logps: readonly number[]; refLogps: readonly number[] }> {
  const [refLogps, measured]: [number[], number[]] = [[], []];
  for (const batch of chunks(rows, shape)) {
    refLogps.push(...completionSums(await reference.tokenLogps(batch)));
    measured.push(...Array.from(await subject.measure(batch)));
  }
  return { logps: subject.logps(measured, refLogps), refLogps };
}
