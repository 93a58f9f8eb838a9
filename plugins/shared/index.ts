/** `import { ... } from 'tiltyard/plugin-kit'`: what the built-in plugins share, for any plugin. */
export * from './advantages.js';
export * from './clipped-loss.js';
export * from './draws.js';
export * from './groups.js';
export * from './kl.js';
export * from './mismatched.js';
export * from './optimizer.js';
export * from './pair-plugin.js';
export * from './pairs.js';
export * from './rollout.js';
export * from './scores.js';
export * from './soft-labels.js';
export * from './tokens.js';
