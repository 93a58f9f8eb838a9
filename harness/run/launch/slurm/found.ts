import { isAlive, scheduler } from './scheduler.js';
import { jobOf } from './submit.js';
import { submitted, type Wave, wavesIn } from './wave.js';

/** A task of an array that is at work or waits. */
export interface Live {
  readonly wave: Wave;
  readonly index: number;
}

/** Jobs of an output folder that an earlier process submitted, and that still live. */
export class Found {
  /** Those that Slurm may still know. */
  waves: readonly Wave[] = [];
  private readonly live = new Map<string, Live>();
  /** Resolves once Slurm was asked. @throws TiltyardError where it does not answer */
  readonly ready: Promise<void>;

  constructor(
    private readonly out: string,
    private readonly say: (note: string) => void,
  ) {
    this.ready = this.look();
  }

  /** Ids of runs that a job works on, or will. */
  get runs(): string[] {
    return [...this.live.keys()];
  }

  of(run: string): Live | null {
    return this.live.get(run) ?? null;
  }

  /** The job of a run, for one who follows it from now on; null where there is none. */
  take(run: string): Live | null {
    const live = this.of(run);
    this.live.delete(run);
    return live;
  }

  private async look(): Promise<void> {
    const waves: Wave[] = [];
    for (const wave of wavesIn(this.out)) {
      // Whoever submitted it was killed before it was told the number.
      const job = wave.job ?? (await jobOf(wave));
      waves.push(job === null || wave.job !== null ? wave : submitted(wave, job));
    }
    this.waves = waves;
    const known = waves.filter(({ job }) => job !== null);
    if (known.length === 0) return;
    const states = await scheduler.states(known.map(({ job }) => job!));
    for (const wave of known) {
      for (const [index, run] of wave.runs.entries()) {
        const state = states.get(`${wave.job}_${index}`);
        if (state !== undefined && isAlive(state)) this.live.set(run, { wave, index });
      }
    }
    if (this.live.size === 0) return;
    const jobs = [...new Set([...this.live.values()].map(({ wave }) => wave.job))];
    const what = this.live.size === 1 ? 'a run is' : `${this.live.size} runs are`;
    this.say(`${what} in Slurm already (job ${jobs.join(', ')}), and not submitted again`);
  }
}
