export { type EngineStatus, listEngines } from './select.js';
