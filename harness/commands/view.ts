import { resolve } from 'node:path';

export interface ViewFlags {
  readonly port: number;
  readonly host: string;
}

/** Serves an output folder's live page until the process is told to stop. */
export async function viewCommand(dir: string, flags: ViewFlags, json: boolean, print: (text: string) => void): Promise<void> {
  const { startView } = await import('../../reports/view/server.js');
  const view = await startView(resolve(dir), flags);
  print(json ? `${JSON.stringify({ type: 'view', url: view.url, dir })}\n` : `${view.url} (Ctrl-C ends it)\n`);
  await new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  await view.close();
}
