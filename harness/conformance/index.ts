/** `import { conformance } from 'tiltyard/conformance'`: the suite that every plugin must pass. */

export { loadPlugin } from '../extensions.js';
export { type ConformanceCheck, conformance } from './suite.js';
