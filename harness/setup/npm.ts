import { join } from 'node:path';
import { execa } from 'execa';
import { TiltyardError } from '../errors.js';

/**
 * Fetches a package from the registry that npm is set to, which holds it to the registry's checksum.
 * @param spec name@version
 * @param folder where its archive is put
 * @returns the archive's path
 * @throws TiltyardError with what npm says
 */
export async function packed(spec: string, folder: string): Promise<string> {
  const { failed, code, stdout, stderr } = await execa(
    'npm',
    ['pack', spec, '--loglevel=error', '--no-update-notifier'],
    {
      cwd: folder,
      reject: false,
    },
  );
  if (!failed) return join(folder, stdout.trim().split('\n').at(-1)!);
  const said = /npm (?:error|ERR!) (?!code)(.+)/.exec(stderr)?.[1] ?? '';
  const why = code === 'ENOENT' ? 'the program npm is not installed' : said;
  throw new TiltyardError(
    'no-package',
    `setup cuda: ${spec} does not come from the npm registry${why === '' ? '' : `: ${why}`}; ` +
      'on a machine without network name what another fetched: --from FILE or DIR',
  );
}
