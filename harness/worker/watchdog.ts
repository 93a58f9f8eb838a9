import { Socket } from 'node:net';
import { Worker, workerData } from 'node:worker_threads';

/**
 * A thread that ends its process where the main one cannot, because it is in somebody's loop: when the parent
 * is gone, and when a plugin has not yielded by its time. The parent's end of the pipe tells by closing that
 * it is gone, and reads why the process ended.
 */

const LIFELINE = 4;
/** Milliseconds that the main thread has to stop by itself once the parent is gone. */
const TO_STOP = 1500;
/** Milliseconds between two looks at the time. */
const EVERY = 200;

interface Shared {
  /** One number: when the plugin has to have yielded, milliseconds of the clock; 0: no such time. */
  readonly deadline: BigInt64Array;
}

/** Starts the thread. @returns what sets the time by which a plugin has to yield; null: none */
export function watch(): (deadline: number | null) => void {
  const shared: Shared = { deadline: new BigInt64Array(new SharedArrayBuffer(8)) };
  const thread = new Worker(new URL(import.meta.url), {
    workerData: { watchdog: shared },
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  thread.unref();
  return (deadline) => void Atomics.store(shared.deadline, 0, BigInt(Math.ceil(deadline ?? 0)));
}

const own = (workerData as { readonly watchdog?: Shared } | null)?.watchdog;
if (own !== undefined) guard(own);

function guard({ deadline }: Shared): void {
  const kill = (): void => void process.kill(process.pid, 'SIGKILL');
  const lifeline = new Socket({ fd: LIFELINE, readable: true, writable: true });
  lifeline.on('error', () => undefined);
  lifeline.on('close', () => setTimeout(kill, TO_STOP));
  lifeline.resume();
  setInterval(() => {
    const at = Atomics.load(deadline, 0);
    if (at === 0n || BigInt(Date.now()) < at) return;
    lifeline.write('overtime\n', kill);
    setTimeout(kill, EVERY);
  }, EVERY);
}
