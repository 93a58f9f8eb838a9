import { Option } from 'commander';
import { TiltyardError, unknownName } from '../errors.js';
import type { Io, Register } from './io.js';

type CudaSetup = import('../setup/cuda.js').CudaSetup;

interface SetupFlags {
  readonly from?: string;
  readonly source?: 'nuget' | 'npm';
  readonly dryRun?: boolean;
}

export const setupCommand: Register = (add, io) => {
  add('setup')
    .argument('<engine>', 'tensorflow or cuda')
    .description("build or fetch what an engine needs beside this machine's own libraries")
    .option(
      '--from <path>',
      "tensorflow: a wheel's tensorflow folder, or an unpacked libtensorflow; " +
        'cuda: a folder or an archive with the CUDA provider (default: the network)',
    )
    .addOption(
      new Option('--source <name>', 'cuda: the one place to fetch from (default: NuGet, else npm)').choices([
        'nuget',
        'npm',
      ]),
    )
    .option('--dry-run', 'cuda: say what would be done; fetch and write nothing')
    .action(async (engine: string, flags: SetupFlags) => {
      if (engine === 'tensorflow') await tensorflow(flags, io);
      else if (engine === 'cuda') await cuda(flags, io);
      else throw unknownName('setup', 'engine', engine, ['tensorflow', 'cuda']);
    });
};

async function tensorflow({ from }: SetupFlags, io: Io): Promise<void> {
  if (from === undefined)
    throw new TiltyardError('no-tensorflow', 'setup tensorflow: name where TensorFlow is, with --from DIR');
  const { setUpTensorflow } = await import('../setup/tensorflow.js');
  const built = await setUpTensorflow(from);
  const { version, device, binding } = built;
  io.tell(
    { type: 'setup', engine: 'tensorflow', ...built },
    `${binding}\nTensorFlow ${version} on ${device}: take it with --engine tensorflow`,
  );
}

async function cuda(flags: SetupFlags, io: Io): Promise<void> {
  const { setUpCuda } = await import('../setup/cuda.js');
  const say = (line: string): void => io.tell({ type: 'note', message: line }, line);
  const made = await setUpCuda({ ...flags, say });
  if (made === null) return;
  io.tell({ type: 'setup', engine: 'cuda', ...made }, linesOf(made).join('\n'));
  if (made.library !== null || made.missing.length > 0) return;
  const { listEngines } = await import('../engine/select.js');
  const found = (await listEngines()).find(({ device }) => device === 'cuda')!;
  const { usable, reason } = found;
  io.tell({ ...found, type: 'engine' }, `onnxruntime on cuda is ${usable ? '' : 'not '}usable: ${reason}`);
}

function linesOf({ version, library, files, licence, missing, searched }: CudaSetup): string[] {
  const lacking = missing.filter(({ elsewhere }) => elsewhere === null).map(({ name }) => name);
  const folders = [...new Set(missing.flatMap(({ elsewhere }) => elsewhere ?? []))];
  return [
    `CUDA provider of onnxruntime ${version} (${licence})`,
    ...files.map(({ path, sha256 }) => `  ${path} sha256 ${sha256}`),
    "NVIDIA's own libraries come from its toolkit or driver, under its own licence:",
    missing.length === 0
      ? '  all that it needs are found'
      : `  not found by the loader: ${missing.map(({ name }) => name).join(', ')}`,
    ...(missing.length === 0 ? [] : [`  looked in ${searched.join(', ')}`]),
    ...(folders.length === 0
      ? []
      : [`  found elsewhere: export LD_LIBRARY_PATH=${folders.join(':')}:$LD_LIBRARY_PATH`]),
    ...(lacking.length === 0 ? [] : [`  install what has ${lacking.join(', ')}: ${remedyFor(lacking)}`]),
    ...(library === null ? [] : [`take it with: export TILTYARD_ONNXRUNTIME=${library}`]),
  ];
}

/** What brings the libraries, by the number in their names. */
function remedyFor(lacking: readonly string[]): string {
  const remedies = new Set(
    lacking.map((name) => {
      if (name.startsWith('libcuda.')) return "the card's driver";
      if (name.startsWith('libcudnn')) return 'cuDNN 9';
      const major = lacking
        .map((one) => /^libcuda?rt\.so\.(\d+)|^libcublas\.so\.(\d+)/.exec(one))
        .find(Boolean);
      return `CUDA ${major?.[1] ?? major?.[2] ?? "toolkit's libraries"}`;
    }),
  );
  return [...remedies].join(', ');
}
