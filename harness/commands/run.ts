import { defaultExperiment } from '../config/locate.js';
import { run } from '../run/run.js';
import { withHost } from './host.js';
import type { Register } from './io.js';
import { launcherOption, type LauncherFlags, SBATCH } from './launcher.js';
import { collected, DATA, JUDGE, JUDGE_KEY, JUDGE_MODEL, MODEL, positive } from './options.js';

interface RunFlags extends LauncherFlags {
  readonly seeds?: number;
  readonly jobs?: number;
  readonly engine?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly set: string[];
  readonly data?: string;
  readonly model?: string;
  readonly judge?: string;
  readonly judgeModel?: string;
  readonly judgeKey?: string;
  readonly plugin: string[];
  readonly profile?: string;
}

export const runCommand: Register = (add, io) => {
  add('run')
    .argument('[experiment]', 'a built-in experiment or a YAML or JSON file', defaultExperiment())
    .description('run an experiment and write its report')
    .option(
      '--seeds <n>',
      'how often all of it is repeated, each time with other data, weights and samples',
      positive,
    )
    .option('--jobs <n>', 'runs at a time (default: as many as cores on a CPU)', positive)
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference')
    .option('--threads <n>', 'threads of each run', positive)
    .option('--profile <name>', 'of a file that holds several experiments: how large, e.g. quick or full')
    .option('--out <dir>', 'where results go (default: runs/<name>-<time>)')
    .option(
      '--set <path=value>',
      'change one setting, e.g. stages.mine.params.beta=0.2 (repeatable)',
      collected,
      [],
    )
    .option('--data <file>', DATA)
    .option('--model <dir>', MODEL)
    .option('--judge <url>', JUDGE)
    .option('--judge-model <name>', JUDGE_MODEL)
    .option('--judge-key <variable>', JUDGE_KEY)
    .option('--plugin <path>', 'make a plugin known by its name (repeatable)', collected, [])
    .addOption(launcherOption().default('local'))
    .option('--sbatch <option>', SBATCH, collected, [])
    .action(async (experiment: string, { launcher = 'local', sbatch = [], ...given }: RunFlags) => {
      const { plugin: plugins, ...flags } = given;
      await withHost(io, (host) => run({ experiment, plugins, ...flags }, host), { launcher, sbatch });
    });
};
