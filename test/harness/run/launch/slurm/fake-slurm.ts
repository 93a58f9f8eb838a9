import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { temporary } from '../../../../support.js';

const PROGRAM = fileURLToPath(new URL('./fake-slurm.mjs', import.meta.url));
const COMMANDS = ['sbatch', 'squeue', 'sacct', 'scontrol', 'scancel'];

/** A job of the pretend Slurm. */
export interface PretendJob {
  readonly array: number;
  readonly task: number;
  readonly name: string;
  readonly state: string;
  readonly node: string;
  readonly pid?: number;
}

/** Slurm's commands, pretended in a folder of their own. */
export class FakeSlurm {
  private readonly state: string;
  /** With its commands in PATH. */
  readonly env: NodeJS.ProcessEnv;

  constructor(without: readonly string[] = []) {
    const folder = temporary();
    const bin = join(folder, 'bin');
    this.state = join(folder, 'state');
    for (const dir of [bin, this.state]) mkdirSync(dir);
    for (const command of COMMANDS.filter((name) => !without.includes(name))) {
      const path = join(bin, command);
      writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' ${command} "$@"\n`);
      chmodSync(path, 0o755);
    }
    this.env = { PATH: `${bin}:${process.env['PATH']}`, FAKE_SLURM: this.state };
  }

  /** Puts its commands in this process's PATH, until the tests of the file have ended. */
  here(): this {
    const before = { PATH: process.env['PATH'], FAKE_SLURM: process.env['FAKE_SLURM'] };
    Object.assign(process.env, this.env);
    afterAll(() => {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    });
    return this;
  }

  /** What it is to do, by the name of a file. */
  set(name: 'manual' | 'refuse' | 'once' | 'silent', text = ''): this {
    writeFileSync(join(this.state, name), text);
    return this;
  }

  get jobs(): PretendJob[] {
    return readdirSync(this.state)
      .filter((name) => name.endsWith('.job'))
      .map((name) => JSON.parse(readFileSync(join(this.state, name), 'utf8')) as PretendJob)
      .sort((a, b) => a.array - b.array || a.task - b.task);
  }

  /** Has a job be in a state. */
  put(job: PretendJob, change: Readonly<Record<string, unknown>>): void {
    writeFileSync(join(this.state, `${job.array}_${job.task}.job`), JSON.stringify({ ...job, ...change }));
  }

  /** What sbatch was told of an array. */
  submission(array: number): { args: string[]; script: string } | null {
    const path = join(this.state, `${array}.sbatch`);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as never) : null;
  }
}
