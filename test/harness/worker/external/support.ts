import { join } from 'node:path';
import type { AlgorithmPlugin } from '../../../../harness/contracts/plugin.js';
import { loadPlugin } from '../../../../harness/extensions.js';
import { root } from '../../../support.js';

export const trainer = join(root, 'test', 'fixtures', 'external-trainer', 'plugin.js');
export const nudge = (): Promise<AlgorithmPlugin> => loadPlugin(trainer);
