#!/usr/bin/env node
import { program } from './commands/program.js';

// A closed pipe (`| head`) ends the program; its runs are resumable like after any other interruption.
for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 3 : 1));
process.exit(await program(process.argv.slice(2), process.stdout, process.stderr));
