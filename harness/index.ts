/** Everything a plugin or a third party may import: this is the whole public list. */
export * as ops from './engine/ops.js';
export type { Tensor } from './engine/ops.js';
export * from './contracts/plugin.js';
export { Rng } from './rng.js';
export { TiltyardError } from './errors.js';
export { completionSums, pick, rows } from './policy/batch.js';
