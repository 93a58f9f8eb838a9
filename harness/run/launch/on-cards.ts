import type { RunSpec } from '../../store/spec.js';
import { CardPool, isOnCard } from './card-pool.js';
import type { LaunchOptions, Launcher, LaunchResult } from './launch.js';
import { hasFailed } from './outcome.js';

/** Gives each run that computes on a card one to itself while it lasts, and says what it took of it. */
export function onCards(inner: Launcher): Launcher {
  let pool: CardPool | null = null;
  return {
    async launch(spec: RunSpec, runDir: string, options: LaunchOptions): Promise<LaunchResult> {
      if (!isOnCard(spec.engine)) return inner.launch(spec, runDir, options);
      pool ??= new CardPool();
      const say = (message: string): void => options.onEvent({ type: 'note', message });
      const place = await pool.take({ signal: options.signal, say });
      if (place === null) return { exitCode: null, signal: null, printed: '' };
      const { card, meter, lock } = place;
      const onProcess = (pid: number): void => {
        lock.worker(pid);
        options.onProcess?.(pid);
      };
      try {
        meter?.begin();
        const result = await inner.launch(spec, runDir, { ...options, onProcess, card: card?.uuid ?? null });
        return meter === null ? result : { ...result, card: meter.end() };
      } finally {
        const lost = pool.give(place, hasFailed(runDir));
        if (lost !== null) say(lost);
      }
    },
    async close(): Promise<void> {
      await inner.close?.();
      pool?.close();
      pool = null;
    },
  };
}
