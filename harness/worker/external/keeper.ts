import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Starts a trainer outside in a process group of its own and ends all of that with itself: `node keeper.js
 * '{"file": ...}'`. A worker may die at any moment, by SIGKILL too, and what it started has to go with it,
 * children of children included: the pipe to the worker tells by closing.
 */
const WORKER = 3;
/** Milliseconds from the word to end to the end. */
const TO_END = 1000;

const { file, args, env } = JSON.parse(process.argv[2]!) as {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};
// Ctrl-C reaches the whole group of the terminal: the worker says what becomes of it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const worker = new Socket({ fd: WORKER, readable: true, writable: true });
const child = spawn(file, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
  env: { ...process.env, ...env },
});

/** To the trainer and whatever it started; nothing where all of it is gone. */
function signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // gone
  }
}

function report(how: {
  readonly exitCode: number | null;
  readonly signal: string | null;
  error?: string;
}): void {
  signalGroup('SIGKILL'); // what it left running
  worker.write(`${JSON.stringify(how)}\n`, () => process.exit(0));
}

child.once('error', (error) => report({ exitCode: null, signal: null, error: error.message }));
child.once('exit', (exitCode, signal) => report({ exitCode, signal }));
worker.on('error', () => undefined);
worker.on('data', () => {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), TO_END);
});
worker.on('close', () => {
  signalGroup('SIGKILL');
  process.exit(0);
});
