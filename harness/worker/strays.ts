import { TiltyardError } from '../errors.js';

/**
 * What goes wrong in a worker beside what is awaited (a rejection nobody waits for, an error out of a timer,
 * `process.exit`) is the failure of the run that it works on, with its message.
 * @param isIdle whether no run is worked on; the process is ended then
 * @returns `failure`, which rejects with the first; `leave`, which ends the process after all
 */
export function catchStrays(isIdle: () => boolean): {
  readonly failure: Promise<never>;
  readonly failed: () => boolean;
  readonly leave: (code: number) => never;
} {
  const exit = process.exit.bind(process);
  const leave = (code: number): never => {
    process.removeAllListeners('exit'); // what a plugin would do then, it does not
    return exit(code);
  };
  const end = (error: unknown): never => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return leave(1);
  };
  let failed = false;
  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => {
    fail = (error) => {
      if (isIdle()) end(error);
      failed = true;
      reject(error);
    };
  });
  failure.catch(() => undefined); // whoever works on a run asks
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.exit = (code) => {
    const call = `process.exit(${code ?? ''})`;
    const message = `${call} was called, which would end more than the run; throw an error`;
    throw new TiltyardError('process-exit', message, { exitCode: 1 });
  };
  return { failure, failed: () => failed, leave };
}
