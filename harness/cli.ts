#!/usr/bin/env node
import { program } from './commands/program.js';

/** Kept from before any plugin is loaded, while which `process.exit` is another. */
const leave = process.exit.bind(process);
const streams = [process.stdout, process.stderr];
// A closed pipe (`| head`) ends the program; its runs are resumable like after any other interruption.
for (const stream of streams) {
  stream.on('error', (error: NodeJS.ErrnoException) => leave(error.code === 'EPIPE' ? 3 : 1));
}
const exitCode = await program(process.argv.slice(2), process.stdout, process.stderr);
// A pipe takes 64 KiB at a time; what is still waiting would be lost with the process.
await Promise.all(streams.map((stream) => new Promise<void>((drained) => stream.write('', () => drained()))));
leave(exitCode);
