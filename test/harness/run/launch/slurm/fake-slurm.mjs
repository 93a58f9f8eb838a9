/**
 * A pretend Slurm: `node fake-slurm.mjs COMMAND ...` does what tests need of sbatch, squeue, sacct, scontrol
 * and scancel. Its jobs are files in $FAKE_SLURM, a JSON each; a test may change them. With a file `manual`
 * there no job begins by itself; a file `refuse` holds what sbatch says in place of taking a job.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const state = process.env.FAKE_SLURM;
const [command, ...args] = process.argv.slice(2);
const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const fail = (words, code = 1) => {
  process.stderr.write(`${words}\n`);
  process.exit(code);
};
const jobs = () =>
  readdirSync(state)
    .filter((name) => name.endsWith('.job'))
    .map((name) => JSON.parse(readFileSync(join(state, name), 'utf8')))
    .sort((a, b) => a.array - b.array || a.task - b.task);
const write = (job) => {
  const path = join(state, `${job.array}_${job.task}.job`);
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(job));
  renameSync(`${path}.${process.pid}`, path);
};
const read = (name) => JSON.parse(readFileSync(join(state, `${name}.job`), 'utf8'));
const nameOf = ({ array, task }) => `${array}_${task}`;

const commands = {
  sbatch() {
    if (args[0] === '--version') return process.stdout.write('slurm 0\n');
    const refusal = join(state, 'refuse');
    if (existsSync(refusal)) {
      const words = readFileSync(refusal, 'utf8');
      if (existsSync(join(state, 'once'))) for (const name of ['refuse', 'once']) rmSync(join(state, name));
      return fail(`sbatch: error: ${words}`);
    }
    const array = 10 + new Set(jobs().map((job) => job.array)).size;
    const last = Number(option('array').split('-')[1]);
    const script = args.at(-1);
    writeFileSync(
      join(state, `${array}.sbatch`),
      JSON.stringify({ args, script: readFileSync(script, 'utf8') }),
    );
    for (let task = 0; task <= last; task++) {
      const output = option('output').replace('%a', String(task));
      write({
        array,
        task,
        name: option('job-name'),
        state: 'PENDING',
        node: '',
        script,
        output,
        restarts: 0,
      });
      if (!existsSync(join(state, 'manual')))
        spawn(process.execPath, [process.argv[1], 'stepd', `${array}_${task}`], {
          detached: true,
          stdio: 'ignore',
        }).unref();
    }
    process.stdout.write(`${array}\n`);
  },
  /** Works on a job, as a node would. */
  stepd() {
    const job = read(args[0]);
    const output = openSync(job.output, 'a');
    const child = spawn('sh', [job.script], {
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...process.env,
        SLURM_JOB_ID: String(job.array * 1000 + job.task),
        SLURM_ARRAY_JOB_ID: String(job.array),
        SLURM_ARRAY_TASK_ID: String(job.task),
        SLURM_RESTART_COUNT: String(job.restarts),
        SLURMD_NODENAME: `node${(job.task % 2) + 1}`,
        SLURM_CPUS_ON_NODE: '1',
      },
    });
    write({ ...job, state: 'RUNNING', node: `node${(job.task % 2) + 1}`, pid: child.pid });
    child.on('exit', (code) => {
      const now = read(args[0]);
      if (now.state !== 'RUNNING') return; // somebody ended it, and has said so
      write({ ...now, state: code === 0 ? 'COMPLETED' : 'FAILED', code: code ?? 0 });
    });
  },
  squeue() {
    if (args[0] === '--version') return process.stdout.write('slurm 0\n');
    if (existsSync(join(state, 'silent')))
      return fail('slurm_load_jobs error: Unable to contact slurm controller');
    const [wanted, name] = [option('jobs')?.split(','), option('name')];
    const found = jobs().filter(
      (job) =>
        (name === undefined || job.name === name) &&
        (wanted === undefined || wanted.includes(String(job.array)) || wanted.includes(nameOf(job))),
    );
    if (wanted !== undefined && found.length === 0)
      return fail('slurm_load_jobs error: Invalid job id specified');
    for (const job of found) {
      const fields = { F: job.array, i: nameOf(job), T: job.state, N: job.node, r: job.reason ?? 'None' };
      process.stdout.write(`${option('format').replace(/%(\w)/g, (_, key) => fields[key])}\n`);
    }
  },
  sacct: () => fail('Slurm accounting storage is disabled'),
  scontrol() {
    const job = jobs().find((each) => nameOf(each) === args.at(-1));
    if (job === undefined) return fail('slurm_load_jobs error: Invalid job id specified');
    process.stdout.write(
      `JobId=1 ArrayJobId=${job.array} JobState=${job.state} RunTime=00:00:07 TimeLimit=00:01:00 ` +
        `ExitCode=${job.code ?? 0}:0 NodeList=${job.node || '(null)'}\n`,
    );
  },
  scancel() {
    if (args[0] === '--version') return process.stdout.write('slurm 0\n');
    for (const job of jobs()) {
      if (!args.includes(String(job.array)) && !args.includes(nameOf(job))) continue;
      if (!['PENDING', 'RUNNING'].includes(job.state)) continue;
      write({ ...job, state: 'CANCELLED' });
      if (job.pid !== undefined) {
        try {
          process.kill(-job.pid, 'SIGTERM');
        } catch {
          // It has ended.
        }
      }
    }
  },
};
commands[command]();
