import type { Module, PairBatch, RunContext } from '../../../harness/index.js';

/** A context with no network behind it: what bt-reward's parts ask of one, and a record of what they did. */
export function paperContext(
  pairs: readonly (readonly [chosen: number, rejected: number])[],
  saved: Record<string, object> = {},
) {
  let shift = 0;
  const done: string[] = [];
  const batch = (index: number, of: typeof pairs): PairBatch => {
    const host = (data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
    // The scores stand where the tokens would.
    const tokens = host([...of.map(([c]) => c), ...of.map(([, r]) => r)]) as unknown as PairBatch['tokens'];
    return { index, epoch: 0, size: of.length, tokens, refLogps: host([]), margins: host(of.map(() => 0)) };
  };
  const rewardModel = {
    /** Chosen scores are raised by `shift`. */
    scores: async (tokens: unknown) => {
      const { data } = tokens as { data: Float32Array };
      return data.map((x, i) => x + (i < data.length / 2 ? shift : 0));
    },
  } as unknown as Module;
  const ctx = {
    rewardModel,
    holdOutPairs: async (fraction: number) => (fraction === 0 ? [] : [batch(0, pairs)]),
    pairs: ({ batchSize }: { batchSize: number }) => {
      const n = Math.floor(pairs.length / batchSize);
      const batches = Array.from({ length: n }, (_, i) =>
        batch(i, pairs.slice(i * batchSize, (i + 1) * batchSize)),
      );
      return Object.assign(
        (async function* () {
          yield* batches;
        })(),
        { totalSteps: n },
      );
    },
    state: (name: string, initial: object) => (saved[name] ??= initial),
    keepBest: async () => void done.push('keep'),
    restoreBest: async () => void done.push('restore'),
  } as unknown as RunContext;
  return {
    ctx,
    done,
    /** Raises every chosen score from here on. */
    raise: (by: number) => {
      shift = by;
    },
  };
}
