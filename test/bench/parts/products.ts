import { createEngine } from '../../../harness/engine/select.js';
import type { HostTensor } from '../../../harness/engine/tensor.js';
import * as ops from '../../../harness/engine/ops.js';
import { Rng } from '../../../harness/rng.js';
import type { Part, Setting } from '../part.js';
import type { ModelSize } from '../sizes.js';

/** Tokens of a training step, roughly. */
export const TOKENS = 2048;

/** The products of one block: tokens x inner x outer. */
export const shapesOf = ({ width: D }: ModelSize): readonly (readonly [number, number, number])[] => [
  [TOKENS, D, 3 * D],
  [TOKENS, D, D],
  [TOKENS, D, 4 * D],
  [TOKENS, 4 * D, D],
];

/** Matrix products as the engine runs them, nothing beside. */
export async function prepareProducts({ device, threads }: Setting, model: ModelSize) {
  const engine = await createEngine({ name: 'onnxruntime', device, threads });
  const rng = Rng.fromSeed('products');
  const matrix = (n: number, m: number): HostTensor => ({
    shape: [n, m],
    data: Float32Array.from({ length: n * m }, () => rng.normal()),
  });
  const made = shapesOf(model).map(([n, k, m]) => ({
    feeds: { a: matrix(n, k), b: matrix(k, m) },
    flops: 2 * n * k * m,
    program: engine.program({
      label: `product ${n} ${k} ${m}`,
      variables: {},
      lends: true,
      body: (_, { a, b }) => ({ outputs: { y: ops.matmul(a!, b!) } }),
    }),
  }));
  return {
    flops: made.reduce((sum, { flops }) => sum + flops, 0),
    async run(): Promise<void> {
      for (const { program, feeds } of made) await program.run(feeds);
    },
    dispose: () => engine.dispose(),
  };
}

export const productsPart: Part = {
  name: 'products',
  what: `matrix products of one block forward, ${TOKENS} tokens`,
  perSize: true,
  rounds: 10,
  async prepare(setting, model) {
    const { run, flops, dispose } = await prepareProducts(setting, model);
    return {
      run: async () => void (await run()),
      work: () => ({ amount: flops, unit: 'FLOP' }),
      dispose: async () => dispose(),
    };
  },
};
