import { fileURLToPath } from 'node:url';
import type { ExternalCommand, ExternalJob } from '../../../harness/index.js';

/** The Python that adapters run: what TILTYARD_PYTHON names, else python3. */
const python = process.env['TILTYARD_PYTHON'] || 'python3';

/** Packages that an adapter of TRL imports. */
const PACKAGES = ['torch', 'transformers', 'trl', 'accelerate', 'datasets'];

const remedy =
  'install Python 3.10 or later, pip install torch transformers trl==1.13.0, name it in TILTYARD_PYTHON';

/** Asks for TRL without importing it, which takes seconds. */
const requires: ExternalCommand & { readonly remedy: string } = {
  file: python,
  args: ['-c', `import importlib.metadata as m; [m.version(p) for p in ${JSON.stringify(PACKAGES)}]`],
  remedy,
};

const shared = fileURLToPath(new URL('tiltyard_job.py', import.meta.url));

/**
 * What adapters of TRL have in common.
 * @param script the adapter's own, absolute
 */
export const trlAdapter = (script: string) => ({
  files: [script, shared],
  resumes: true,
  requires,
  command: ({ file }: Pick<ExternalJob, 'file'>): ExternalCommand => ({
    file: python,
    args: [script, file],
    env: {
      PYTHONPATH: fileURLToPath(new URL('.', import.meta.url)),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONHASHSEED: '0',
      // A trainer that is compared loads what it was given, and tells nobody.
      HF_HUB_OFFLINE: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      TRANSFORMERS_NO_ADVISORY_WARNINGS: '1',
      TOKENIZERS_PARALLELISM: 'false',
      CUBLAS_WORKSPACE_CONFIG: ':4096:8',
      TQDM_DISABLE: '1',
    },
  }),
});
