import { describe, expect, test } from 'vitest';
import { OnnxEngine } from '../../../harness/engine/onnx/engine.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch, rows } from '../../../harness/policy/batch.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { Rng } from '../../../harness/rng.js';

describe('a forward pass', () => {
  test.each([
    ['a small vocabulary: 64 rows at once', 11],
    ['a large one: fewer, so that logits stay within bounds', 200_000],
  ])(
    'of many rows is cut into passes, and gives what each row gives alone: %s',
    async (_, vocabSize) => {
      const engine = new OnnxEngine({ device: 'cpu', threads: 1, reason: 'test' });
      const architecture = transformer({ vocabSize, contextLength: 6, width: 4, layers: 1, heads: 1 });
      const shape = { time: 6, completion: 4, padId: 0, eosId: 1 };
      const module = new NetworkModule(
        'policy',
        engine,
        architecture,
        engine.variables(architecture.initialBody(Rng.fromSeed(0))),
        null,
        shape,
        new Meter(),
        false,
      );
      const n = 70;
      const batch = packBatch(
        Array.from({ length: n }, (_, i) => ({
          prompt: [2 + (i % 7)],
          completion: Array.from({ length: 1 + (i % 4) }, (_, t) => 2 + ((i + t) % 9)),
        })),
        shape,
      );
      const all = await module.tokenLogps(batch);
      expect(all.shape).toEqual([n, 4]);
      for (const i of [0, 41, 42, 63, 64, n - 1]) {
        const alone = await module.tokenLogps(rows(batch, [i]));
        expect(Array.from(all.data.subarray(i * 4, i * 4 + 4)), `row ${i}`).toEqual(
          Array.from(alone.data, (x) => expect.closeTo(x, 4) as number),
        );
      }
      engine.dispose();
    },
    180_000,
  );
});
