import type { Rng } from '../rng.js';

/** The stream of a replica (`RunSpec.replica`); replica 0 has the stream itself. */
export const ofReplica = (rng: Rng, replica: number): Rng =>
  replica === 0 ? rng : rng.split('replica', replica);
