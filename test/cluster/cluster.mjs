/**
 * A Slurm of this machine's own: munge, slurmctld and two slurmd, from Debian's packages, all that they write
 * in one folder. Nodes share this machine's cores, files and processes; what they know of each other they
 * know through slurmctld, as on machines apart.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, totalmem, userInfo } from 'node:os';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'scancel'];
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Why there can be no cluster here; null where there can. */
export function lacking() {
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name], { env: { PATH } }).status !== 0);
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (apt-get install slurm-wlm munge)`;
  const { stdout, stderr } = spawnSync('slurmd', ['-h'], { env: { PATH }, encoding: 'utf8' });
  if (!/^ *-N node/m.test(stdout + stderr)) return 'this slurmd takes no -N: no two of it on one machine';
  return userInfo().uid === 0 ? null : 'slurmd wants to be root';
}

/**
 * Starts it.
 * @param dir an empty folder, its path short: sockets lie in it
 * @param cpus that each node says it has
 */
export async function startCluster(
  dir,
  { nodes = ['node1', 'node2'], cpus = 4, port = 20_000 + (process.pid % 1000) * 10 } = {},
) {
  const conf = join(dir, 'slurm.conf');
  for (const folder of ['state', 'munge', ...nodes]) mkdirSync(join(dir, folder), { recursive: true });
  chmodSync(join(dir, 'munge'), 0o755);
  writeFileSync(join(dir, 'munge', 'key'), randomBytes(128), { mode: 0o400 });
  const memory = Math.floor(totalmem() / 2 ** 20 / nodes.length);
  writeFileSync(
    conf,
    `ClusterName=tiltyard
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
AuthType=auth/munge
AuthInfo=socket=${dir}/munge/socket
CredType=cred/munge
SlurmctldPort=${port}
SlurmctldPidFile=${dir}/slurmctld.pid
SlurmdPidFile=${dir}/%n/slurmd.pid
SlurmctldLogFile=${dir}/slurmctld.log
SlurmdLogFile=${dir}/%n/slurmd.log
StateSaveLocation=${dir}/state
SlurmdSpoolDir=${dir}/%n
SlurmctldTimeout=10
SlurmdTimeout=20
KillWait=10
MinJobAge=60
ReturnToService=2
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=100000
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
JobRequeue=1
SlurmdParameters=config_overrides
BatchStartTimeout=60
MessageTimeout=30
${nodes
  .map(
    (name, i) =>
      `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${port + 1 + i} ` +
      `CPUs=${cpus} RealMemory=${memory} State=UNKNOWN`,
  )
  .join('\n')}
PartitionName=main Nodes=${nodes.join(',')} Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=${nodes.join(',')} MaxTime=1 State=UP
`,
  );
  const env = { ...process.env, PATH, SLURM_CONF: conf };
  const daemons = new Map();
  const daemon = (name, program, args) => {
    const log = openSync(join(dir, `${name}.out`), 'a');
    const child = spawn(program, args, { env, stdio: ['ignore', log, log], detached: true });
    child.unref();
    daemons.set(name, child);
  };
  daemon('munged', 'munged', [
    '--foreground',
    '--force',
    `--key-file=${dir}/munge/key`,
    `--socket=${dir}/munge/socket`,
    `--pid-file=${dir}/munge/pid`,
    `--log-file=${dir}/munge/log`,
    `--seed-file=${dir}/munge/seed`,
    '--num-threads=4',
  ]);
  await until(() => existsSync(join(dir, 'munge', 'socket')), 'munge');
  daemon('slurmctld', 'slurmctld', ['-D', '-f', conf]);
  const ask = (program, args) => spawnSync(program, args, { env, encoding: 'utf8' });
  await until(() => /UP/.test(ask('scontrol', ['ping']).stdout), 'slurmctld');
  const startNode = (name) => daemon(name, 'slurmd', ['-D', '-f', conf, '-N', name]);
  for (const name of nodes) startNode(name);
  const states = () => ask('sinfo', ['-h', '-N', '-o', '%N %T', '-p', 'main']).stdout.trim();
  await until(
    () =>
      states()
        .split('\n')
        .filter((line) => / (idle|mixed|alloc)/.test(line)).length === nodes.length,
    'nodes',
  );
  return {
    env,
    dir,
    ask,
    startNode,
    /** Ends a slurmd as a broken machine would; its jobs' processes live on. */
    killNode: (name) => process.kill(daemons.get(name).pid, 'SIGKILL'),
    async stop() {
      ask('scancel', ['--full', `--user=${userInfo().username}`]);
      await sleep(2000);
      for (const name of [...nodes, 'slurmctld', 'munged']) {
        try {
          process.kill(daemons.get(name).pid, 'SIGTERM');
        } catch {
          // It has ended.
        }
      }
    },
    log: () => readFileSync(join(dir, 'slurmctld.log'), 'utf8'),
  };
}

async function until(holds, what, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; !holds(); ) {
    if (Date.now() > end) throw new Error(`${what}: not there after ${seconds} s`);
    await sleep(200);
  }
}
