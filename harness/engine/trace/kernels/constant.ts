import type { ElementType } from '../graph.js';
import { kernel, typeOf } from './kernel.js';

/* One number everywhere: nothing reaches the graph before somebody uses it. */

kernel('Fill', (backend, _, { shape, value, dtype }) => {
  const type = (dtype as ElementType | null) ?? 'float32';
  return backend.put({ kind: 'splat', splat: value as number }, shape as number[], type);
});
kernel('ZerosLike', (backend, { x }) => backend.put({ kind: 'splat', splat: 0 }, x!.shape, typeOf(x!)));
kernel('OnesLike', (backend, { x }) => backend.put({ kind: 'splat', splat: 1 }, x!.shape, typeOf(x!)));
