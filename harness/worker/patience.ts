import type { WorkerHost } from './job.js';

/** Milliseconds that a plugin may take to its next yield when its time is over: it may be in a step. */
const GRACE = 4000;

/**
 * Says by when a plugin has to yield, where its run has a time. One whose steps take long may take twice its
 * longest so far: it is at a step and not in a loop that never ends.
 */
export class Patience {
  private began: number | null = null;
  private longest = 0;

  /** @param elapsed seconds that the run has taken */
  constructor(
    private readonly host: WorkerHost,
    private readonly maxSeconds: number | null,
    private readonly elapsed: () => number,
  ) {}

  /** The plugin's own code runs from here, or does not any more. */
  readonly plugin = (runs: boolean): void => {
    if (this.maxSeconds === null) return;
    const now = Date.now();
    if (this.began !== null) this.longest = Math.max(this.longest, now - this.began);
    this.began = runs ? now : null;
    const left = Math.max(0, this.maxSeconds - this.elapsed()) * 1000;
    const by = Math.min(now + left + Math.max(GRACE, 2 * this.longest), Number.MAX_SAFE_INTEGER);
    this.host.mustYieldBy?.(runs ? by : null);
  };
}
