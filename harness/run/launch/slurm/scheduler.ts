import { TiltyardError } from '../../../errors.js';
import { ask } from './ask.js';

/** A job as squeue tells of it. */
export interface JobState {
  /** E.g. RUNNING; of a job that ended maybe the word it ended with. */
  readonly state: string;
  /** Where; empty before. */
  readonly node: string;
  /** Why it waits, e.g. Resources. */
  readonly reason: string;
}

/** States of a job that is or will be at work, by squeue's long names. */
const ALIVE: readonly string[] = [
  'PENDING',
  'RUNNING',
  'SUSPENDED',
  'COMPLETING',
  'CONFIGURING',
  'RESIZING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SIGNALING',
  'SPECIAL_EXIT',
  'STAGE_OUT',
  'STOPPED',
];

/** Whether a job in this state is or will be at work. */
export const isAlive = ({ state }: Pick<JobState, 'state'>): boolean => ALIVE.includes(state);

/** What Slurm says where it does not know a job any more. */
const UNKNOWN_JOB = /invalid job id/i;
/** What it says where its controller is away or overloaded, which passes. */
const PASSING = /timed out|unable to contact|connection refused|temporarily|try again|no answer within/i;

/** Slurm's commands, as far as they are needed. It is asked, never guessed at. */
export const scheduler = {
  /** @throws TiltyardError where this machine cannot submit, in Slurm's own words */
  async check(): Promise<void> {
    for (const program of ['sbatch', 'squeue', 'scancel']) {
      const { ok, said } = await ask(program, ['--version']);
      if (!ok)
        throw new TiltyardError('no-slurm', `--launcher slurm: ${program} does not work here: ${said}`);
    }
  },

  /**
   * @param args of sbatch, the script last
   * @returns the number of the job, or why there is none and whether that passes by itself
   */
  async submit(args: readonly string[]): Promise<{ id: string } | { why: string; passing: boolean }> {
    const { ok, stdout, said } = await ask('sbatch', ['--parsable', ...args]);
    const id = /^\d+/.exec(stdout.trim())?.[0];
    if (ok && id !== undefined) return { id };
    const why = said === '' ? `it printed '${stdout.trim().slice(0, 200)}'` : said;
    return { why, passing: PASSING.test(why) };
  },

  /** Numbers of this user's jobs of a name that Slurm still knows. @throws where Slurm does not answer */
  async named(name: string): Promise<string[]> {
    const { ok, stdout, said } = await ask('squeue', [
      '--noheader',
      '--states=all',
      '--format=%F',
      `--name=${name}`,
    ]);
    if (!ok) throw silent(said);
    return [...new Set(linesOf(stdout))];
  },

  /**
   * States by job, a task of an array as `12_3`; what Slurm knows no more is not there.
   * @throws TiltyardError where Slurm does not answer
   */
  async states(ids: readonly string[]): Promise<Map<string, JobState>> {
    const { ok, stdout, said } = await ask('squeue', [
      '--noheader',
      '--array',
      '--states=all',
      '--format=%i|%T|%N|%r',
      `--jobs=${ids.join(',')}`,
    ]);
    if (!ok && !UNKNOWN_JOB.test(said)) throw silent(said);
    return new Map(
      linesOf(stdout).flatMap((line) => {
        const [id, state, node = '', reason = ''] = line.split('|');
        return id === undefined || state === undefined ? [] : [[id, { state, node, reason }] as const];
      }),
    );
  },

  /**
   * What ended a job, in Slurm's words: its accounting's, else those that the controller remembers.
   * @param seen what squeue said of it last
   */
  async ended(
    id: string,
    seen: JobState | undefined,
  ): Promise<{ state: string; node: string; more: string }> {
    const found = (await accounted(id)) ?? (await remembered(id)) ?? seen;
    if (found === undefined || isAlive(found))
      return { state: 'gone', node: seen?.node ?? '', more: WITHOUT_RECORD };
    return { more: '', ...found };
  },

  async cancel(ids: readonly string[]): Promise<string | null> {
    const { ok, said } = await ask('scancel', ids);
    return ok ? null : said;
  },
};

/** Slurm keeps none of a task of an array that was cancelled before it began. */
const WITHOUT_RECORD = 'Slurm keeps no record of why, as of one that was cancelled while it waited';

const silent = (said: string): TiltyardError => new TiltyardError('slurm-silent', `squeue: ${said}`);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

interface End {
  readonly state: string;
  readonly node: string;
  readonly more: string;
}

async function accounted(id: string): Promise<End | null> {
  const args = ['-X', '-n', '-P', '--format=State,NodeList,ExitCode,Elapsed', '-j', id];
  const answer = await ask('sacct', args).catch(() => null); // a cluster may do without
  const last = answer?.ok === true ? linesOf(answer.stdout).at(-1) : undefined;
  if (last === undefined) return null;
  const [state = '', node = '', exit = '', elapsed = ''] = last.split('|');
  return state === '' ? null : { state, node, more: `exit code ${exit}, after ${elapsed}` };
}

async function remembered(id: string): Promise<End | null> {
  const { ok, stdout } = await ask('scontrol', ['show', 'job', '--oneliner', id]);
  const field = (name: string): string =>
    new RegExp(`(?:^| )${name}=(\\S+)`).exec(stdout)?.[1]?.replace('(null)', '') ?? '';
  const state = field('JobState');
  if (!ok || state === '') return null;
  const exit = `exit code ${field('ExitCode')}, after ${field('RunTime')}`;
  const limit = state === 'TIMEOUT' ? ` of ${field('TimeLimit')}` : '';
  return { state, node: field('NodeList'), more: exit + limit };
}
