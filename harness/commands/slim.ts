import { TiltyardError } from '../errors.js';
import type { Register } from './io.js';

const MB = 1e6;

export const slimCommand: Register = (add, io) => {
  add('slim')
    .description(
      'remove from the installed packages what this machine cannot use: libraries for other systems, ' +
        'source maps, bundles for browsers; npm ci brings all of it back',
    )
    .option('--dry-run', 'say what would go, and remove nothing')
    .action(async ({ dryRun = false }: { dryRun?: boolean }) => {
      const { installedHere, remove, unusedFiles } = await import('../setup/slim.js');
      const machine = installedHere();
      const unused = unusedFiles(machine);
      for (const part of unused)
        io.tell({ type: 'unused', ...part, folder: machine.folderOf(part.package) }, line(part));
      const bytes = unused.reduce((sum, part) => sum + part.bytes, 0);
      if (!dryRun) {
        remove(unused, machine);
        await requireEngine();
      }
      const said = dryRun ? 'would be freed; without --dry-run it is' : 'freed; onnxruntime still loads';
      io.tell({ type: 'slim', bytes, removed: !dryRun }, `${megabytes(bytes)} ${said}`);
    });
};

const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

/** Files of a package that can go. */
interface Part {
  readonly package: string;
  readonly what: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

function line({ package: name, what, files, bytes }: Part): string {
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return `${megabytes(bytes).padStart(9)}  ${name}: ${what} (${count})`;
}

/** What is left has to load, in a process that has loaded none of it before. */
async function requireEngine(): Promise<void> {
  const { listEngines } = await import('../engine/select.js');
  const engines = await listEngines();
  const cpu = engines.find(({ name, device }) => name === 'onnxruntime' && device === 'cpu')!;
  if (cpu.usable) return;
  const message = `slim: onnxruntime does not load: ${cpu.reason}; npm ci brings everything back`;
  throw new TiltyardError('slim', message, { exitCode: 1 });
}
