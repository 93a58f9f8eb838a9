import { expect, test } from 'vitest';
import { withRoom } from '../../../../harness/engine/onnx/room.js';

const refusing = (message: string) => () => {
  throw new Error(message);
};

test.each([
  [
    'cuda',
    'bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 3221225472',
    'program step: cuda has no room for 3072 MiB more; ' +
      'halve batchSize (samples: maxTokens or the number of them), or take a card with more',
  ],
  [
    'cuda',
    'CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc',
    'has no room for what a kernel needs more',
  ],
  [
    'cuda',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0',
    'has no room for what a kernel needs more',
  ],
  ['cpu', 'Failed to allocate memory for requested buffer of size 1048576', '1 MiB more; halve batchSize'],
])('on %s, %s: how much was wanted, and what to halve', (device, said, message) => {
  const work = (): unknown => withRoom('program step', device, refusing(said));
  expect(work).toThrow(message);
  expect(work).toThrow(expect.objectContaining({ code: 'no-memory', exitCode: 1 }) as Error);
});
test.each(['CUDA failure 719: unspecified launch failure', 'some other error'])('%s is as it was', (said) => {
  expect(() => withRoom('program step', 'cuda', refusing(said))).toThrow(said);
});
test('what has room gives what it gives', () => {
  expect(withRoom('program step', 'cuda', () => 7)).toBe(7);
});
