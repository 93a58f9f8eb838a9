import { TiltyardError } from '../errors.js';

/** A run that was ended at its budget of seconds because it did not stop by itself: it left no model. */
export class TimedOut extends TiltyardError {}
