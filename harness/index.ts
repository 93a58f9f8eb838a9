/** Everything a plugin or a third party may import: this is the whole public list. */
export * as ops from './engine/ops.js';
export type { Tensor } from './engine/ops.js';
export * from './contracts/batches.js';
export * from './contracts/context.js';
export * from './contracts/nets.js';
export * from './contracts/params.js';
export * from './contracts/plugin.js';
export { Rng } from './rng.js';
export { TiltyardError } from './errors.js';
export { completionSums, pick, recombined, rows } from './policy/batch.js';
