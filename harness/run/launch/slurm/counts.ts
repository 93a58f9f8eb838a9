import type { Tracked } from './tracked.js';

/** Milliseconds between two words on how many jobs are where. */
const EVERY = 30_000;

/** Says now and then how many jobs wait and how many are at work, where that has changed. */
export class Counts {
  private last = '';
  private at = Number.NEGATIVE_INFINITY;

  constructor(private readonly say: (note: string) => void) {}

  tell(runs: readonly Pick<Tracked, 'state'>[]): void {
    const of = (state: Tracked['state']): number => runs.filter((run) => run.state === state).length;
    const text = `Slurm: ${of('queued')} queued, ${of('running')} running`;
    if (text === this.last || performance.now() - this.at < EVERY) return;
    this.last = text;
    this.at = performance.now();
    this.say(text);
  }
}
