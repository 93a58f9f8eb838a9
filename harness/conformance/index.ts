/** `import { conformance } from 'tiltyard/conformance'`: the suite that every plugin must pass. */
export { conformance, type ConformanceCheck } from './suite.js';
export { loadPlugin } from '../extensions.js';
