import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formulaFlops } from '../../../../harness/metrics/formula-flops.js';
import { readLedger } from '../../../../harness/worker/external/ledger.js';
import { temporary } from '../../../support.js';

const dir = temporary();
const whole = {
  version: 1,
  tokens: { trained: 10, generated: 3 },
  read: { rollout: 3, score: 2, forward: 7, update: 10 },
  seconds: { rollout: 0.5, score: 0, forward: 1, update: 2 },
  flops: null,
  peakMemoryBytes: 1024,
  peakDeviceMemoryBytes: null,
  versions: { trl: '1.13.0' },
  stopped: null,
};
const read = (ledger: unknown): unknown => {
  const path = join(dir, 'ledger.json');
  writeFileSync(path, typeof ledger === 'string' ? ledger : JSON.stringify(ledger));
  return readLedger('p', path);
};

describe('a ledger', () => {
  test('is read whole, with counted operations or without', () => {
    expect(read(whole)).toEqual(whole);
    const counted = { ...whole, flops: { rollout: 1, score: 2, forward: 3, update: 4 } };
    expect(read(counted)).toEqual(counted);
  });
  test.each([
    ['is no JSON', '{', /is no JSON/],
    ['is a list', [], /is no object/],
    [
      'says nothing of flops',
      { ...whole, flops: undefined },
      /flops is missing; null where none were counted/,
    ],
    ['counts some flops', { ...whole, flops: { update: 1 } }, /flops\.rollout should be a number of oper/],
    ['lacks tokens', { ...whole, tokens: undefined }, /tokens\.trained should be a whole number, is missing/],
    ['has half a token', { ...whole, read: { ...whole.read, score: 0.5 } }, /read\.score .*, got 0\.5/],
    ['lacks a phase', { ...whole, seconds: { update: 1 } }, /seconds\.rollout .* is missing/],
    ['runs backwards', { ...whole, seconds: { ...whole.seconds, update: -1 } }, /seconds\.update .*got -1/],
    [
      'has versions that are none',
      { ...whole, versions: { trl: 1 } },
      /versions should be package -> version/,
    ],
    ['is of another layout', { ...whole, version: 2 }, /version should be 1, got 2/],
    ['stopped for a reason unheard of', { ...whole, stopped: 'bored' }, /stopped should be 'steps'/],
  ])('that %s is refused by its field', (_, ledger, message) => {
    expect(() => read(ledger)).toThrow(message);
  });
  test('that is not there is missed', () => {
    expect(() => readLedger('p', join(dir, 'none.json'))).toThrow(/is not there; a trainer leaves one/);
  });
});

test('operations by formula: 2 N a token that is read or drawn, 6 N one that is trained on', () => {
  expect(formulaFlops(whole.read, 100, 1000)).toEqual({
    rollout: 600,
    score: 4000,
    forward: 1400,
    update: 6000,
  });
});
