import { resolve } from 'node:path';
import type { Register } from './io.js';
import { portNumber } from './options.js';

interface ViewFlags {
  readonly port: number;
  readonly host: string;
}

export const viewCommand: Register = (add, io) => {
  add('view')
    .argument('<dir>', 'the --out folder of a run')
    .description('serve a live page of a folder, while runs go on or after')
    .option('--port <n>', 'where to listen; 0: any free port', portNumber, 7878)
    .option('--host <name>', 'a loopback address', '127.0.0.1')
    .action(async (dir: string, flags: ViewFlags) => {
      const { startView } = await import('../../reports/view/server.js');
      const view = await startView(resolve(dir), flags);
      io.tell({ type: 'view', url: view.url, dir }, `${view.url} (Ctrl-C ends it)`);
      await new Promise<void>((stop) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
      });
      await view.close();
    });
};
