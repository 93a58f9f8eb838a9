import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../../harness/engine/engine.js';
import { drawTokens } from '../../../../harness/engine/nn/index.js';
import { Rng } from '../../../../harness/index.js';
import { reference, traced } from '../support.js';

async function drawn(engine: Engine, p: readonly (readonly number[])[], u: readonly number[]) {
  const program = engine.program({
    label: 'draw',
    variables: {},
    body: (_, { p, u }) => ({ outputs: { ...drawTokens(p!, u!) } }),
  });
  const out = await program.run({
    p: { shape: [p.length, p[0]!.length], data: Float32Array.from(p.flat()) },
    u: { shape: [u.length], data: Float32Array.from(u) },
  });
  return { tokens: [...out['tokens']!.data], p: [...out['p']!.data] };
}

/** The first token up to which the probabilities sum to more than u. */
function byHand(p: readonly number[], u: number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if ((sum += p[i]!) > u) return i;
  return p.findLastIndex((x) => x > 0);
}

describe.each([
  ['reference', reference],
  ['traced', () => traced('cpu')],
] as const)('tokens drawn on a device: %s', (_, make) => {
  const engine = make();
  test('are those at which the cumulative distribution passes u', async () => {
    const p = [0.1, 0, 0.2, 0.3, 0.4];
    const u = [0, 0.05, 0.15, 0.35, 0.7, 0.99];
    const out = await drawn(
      engine,
      u.map(() => p),
      u,
    );
    expect(out.tokens).toEqual([0, 0, 2, 3, 4, 4]);
    out.tokens.forEach((token, i) => expect(out.p[i]).toBe(Math.fround(p[token]!)));
  });
  test.each([2, 7, 64, 100, 1000])('of %i agree with a sum by hand', async (V) => {
    const rng = Rng.fromSeed('draw').split(V);
    const rows = Array.from({ length: 40 }, () => {
      const x = Array.from({ length: V }, () => Math.exp(3 * rng.normal()));
      const sum = x.reduce((a, b) => a + b, 0);
      return x.map((y) => Math.fround(y / sum));
    });
    const u = rows.map(() => Math.fround(rng.uniform()));
    const { tokens } = await drawn(engine, rows, u);
    expect(tokens).toEqual(rows.map((row, i) => byHand(row, u[i]!)));
  });
  test('are never of probability 0, however close to its ends u lies', async () => {
    const V = 300;
    const row = Array.from({ length: V }, (_, i) => (i % 3 === 1 && i < 200 ? 1 / 67 : 0));
    const u = [0, 2 ** -30, 0.5, 1 - 2 ** -24, 1];
    const { tokens, p } = await drawn(
      engine,
      u.map(() => row),
      u,
    );
    expect(tokens[0]).toBe(1);
    expect(tokens.at(-1)).toBe(199);
    for (const x of p) expect(x).toBeGreaterThan(0);
  });
});
