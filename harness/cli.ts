#!/usr/bin/env node
import { program } from './commands/program.js';

process.exit(await program(process.argv.slice(2), process.stdout, process.stderr));
