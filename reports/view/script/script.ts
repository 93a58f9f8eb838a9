import { CHART } from './chart.js';
import { CHOICE } from './choice.js';
import { CONTROLS } from './controls.js';
import { CURVES } from './curves.js';
import { ELEMENTS } from './elements.js';
import { RUN } from './run.js';
import { RUNS } from './runs.js';
import { STATE } from './state.js';

/**
 * The live page's script, as text that the page carries: it draws the last state that the server sent as the
 * reader chose. Each part declares what the later ones, and its own functions when they are called, use; the
 * last one starts.
 */
export const SCRIPT = `(() => {
'use strict';
${[ELEMENTS, CHOICE, STATE, CHART, CURVES, RUNS, RUN, CONTROLS].join('')}
})();`;
