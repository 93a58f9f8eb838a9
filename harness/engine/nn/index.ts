/**
 * The transformer's hot operations with their gradients fused by hand. Automatic gradients of the same
 * formulas take about twice the nodes and twice the time, which elementwise traffic over [tokens, 4D] arrays
 * then dominates. Every function is checked against automatic differentiation of the plain formula
 * (test/harness/engine/nn/nn.test.ts).
 */
export type { AttentionOptions } from './attention-parts.js';
export { causalAttention } from './attention.js';
export { attendNewest } from './attend-newest.js';
export { replaceRows } from './cache.js';
export { type Drawn, drawTokens } from './draw-token.js';
export { feedForward, gelu } from './feed-forward.js';
export { takeAlong } from './indexing.js';
export { layerNorm } from './layer-norm.js';
export { packedAttention } from './packed-attention.js';
export type { AttentionBlock, PackedRows } from './packed-rows.js';
export { sumOfSquares } from './sum-of-squares.js';
export { takeRows } from './take-rows.js';
export { entropyOf, klOf, logProbOf } from './token-distribution.js';
