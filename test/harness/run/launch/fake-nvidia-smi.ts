import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporary } from '../../../support.js';

/** A card that a pretend nvidia-smi tells of. */
export interface PretendCard {
  readonly uuid: string;
  readonly name: string;
}

/**
 * A machine with these cards, until the test ends: its nvidia-smi lists them, and samples them by running a
 * script of the shell. Locks lie in a folder of its own.
 * @param samples shell, with `$QUERY` and `$LOOP` (1 where it should go on)
 * @param lost UUIDs that it does not know when it is asked for them alone
 * @returns the folder of its locks
 */
export function machine(
  cards: readonly PretendCard[],
  samples = 'exit 9',
  lost: readonly string[] = [],
): string {
  const folder = temporary();
  const list = cards.map(({ uuid, name }, i) => `echo "${i}, ${uuid}, ${name}, 81559, 580.1"`);
  writeFileSync(
    join(folder, 'nvidia-smi'),
    `#!/bin/sh
for arg in "$@"; do
  case "$arg" in
    --query-gpu=index*) ${list.length === 0 ? 'exit 6' : list.join('; ')}; exit 0;;
    --id=*) ID="${'$'}{arg#--id=}";;
    --query-gpu=*) QUERY="$arg";;
    --loop-ms=*) LOOP=1;;
  esac
done
if [ "$QUERY" = --query-gpu=uuid ]; then
  case "$ID" in ${['none', ...lost].join('|')}) echo "Unable to determine the device handle"; exit 15;; esac
  echo "$ID"; exit 0
fi
${samples}
`,
  );
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  // Told to each test, as this file is loaded once for all files of tests.
  const before = ['PATH', 'CUDA_VISIBLE_DEVICES', 'TMPDIR'].map((name) => [name, process.env[name]] as const);
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
  process.env['PATH'] = `${folder}:${process.env['PATH']}`;
  delete process.env['CUDA_VISIBLE_DEVICES'];
  const locks = temporary();
  process.env['TMPDIR'] = locks;
  return locks;
}
