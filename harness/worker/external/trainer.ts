import { dirname, extname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ExternalCommand } from '../../contracts/external.js';
import { packageRoot } from '../../environment.js';

const here = fileURLToPath(import.meta.url);
/** Sources, which only the test runner loads, no other process could load. */
const built =
  extname(here) === '.ts' ? join(packageRoot(), 'dist', 'harness', 'worker', 'external') : dirname(here);
const KEEPER = join(built, 'keeper.js');
/** Characters of what it said last that are kept. */
const KEPT = 2 ** 14;
/** Milliseconds in which what an ended process printed arrives. */
const TO_ARRIVE = 200;
/** Milliseconds that its keeper has to end it, and itself. */
const TO_END = 5000;

/** Lines that only say where in the code an error was, or by whom. */
const NO_WORDS = /^\s+at |^\s*[\^~]+\s*$|^Node\.js v/;

/** How a trainer ended. */
export interface TrainerEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly error?: string;
}

/** A command that trains, with whatever it starts. It ends with this process at the latest. */
export class Trainer {
  /** How it ended; null while it works. */
  hasEnded: TrainerEnd | null = null;
  readonly ended: Promise<TrainerEnd>;
  private readonly child;
  private readonly keeper: Duplex;
  private said = '';

  /**
   * @param cwd its working directory
   * @param threads that its libraries may use
   * @param isHeard whether what it prints is printed here
   */
  constructor({ file, args, env = {} }: ExternalCommand, cwd: string, threads: number, isHeard = true) {
    const told = JSON.stringify({ file, args, env: { OMP_NUM_THREADS: String(threads), ...env } });
    this.child = execa(process.execPath, [KEEPER, told], {
      cwd,
      buffer: false,
      reject: false,
      cleanup: false,
      detached: true, // whoever kills this process's group leaves it alive to end the trainer
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const [, stdout, stderr, keeper] = this.child.stdio as unknown as [null, Readable, Readable, Duplex];
    this.keeper = keeper;
    // What it prints is this run's print, of which the launching process keeps the end.
    stdout.on('data', (text: Buffer) => isHeard && process.stdout.write(text));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      if (isHeard) process.stderr.write(text);
      this.said = (this.said + text).slice(-KEPT);
    });
    let how: TrainerEnd = { exitCode: null, signal: 'SIGKILL' }; // where its keeper says nothing
    keeper.on('data', (text: Buffer) => (how = JSON.parse(text.toString('utf8')) as TrainerEnd));
    for (const stream of [stdout, stderr, keeper]) stream.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    this.ended = new Promise((resolve) => {
      const end = async (): Promise<void> => {
        await Promise.race([closed, sleep(TO_ARRIVE)]);
        for (const stream of [stdout, stderr, keeper]) stream.destroy();
        this.hasEnded = how;
        resolve(how);
      };
      this.child.once('exit', () => void end());
      this.child.once('error', () => void end());
    });
  }

  /** Tells it to end, by SIGTERM; what is left of its group a second later is killed. */
  async end(): Promise<void> {
    if (this.hasEnded !== null) return;
    this.keeper.write('end\n');
    const kill = setTimeout(() => void this.child.kill('SIGKILL'), TO_END);
    await this.ended;
    clearTimeout(kill);
  }

  /** The last lines that it said on its error stream, on one. */
  get lastWords(): string {
    const lines = this.said.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !NO_WORDS.test(line));
    return lines.slice(-4).join(' | ').slice(-600);
  }
}
