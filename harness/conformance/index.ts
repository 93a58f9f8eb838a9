/** `import { conformance } from 'tiltyard/conformance'`: the suite that every plugin must pass, for use in a test runner. */
export { conformance, type ConformanceCheck } from './suite.js';
export { loadPlugin } from '../extensions.js';
