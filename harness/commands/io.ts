import type { Command } from 'commander';

/** 0 done, 1 a run or a check failed, 2 refused input, 3 interrupted and resumable. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a command works with beside its own arguments. */
export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Whether machine-readable records are wanted and nothing else; known once a command runs. */
  readonly json: boolean;
  /** Writes to standard output. */
  print(text: string): void;
  /** A record for scripts, or a line of text for people. */
  tell(record: object, line: string): void;
  /** What the program ends with; 0 where no command says otherwise. */
  exitWith(code: ExitCode): void;
}

/**
 * Makes one command known to the program: its arguments, its options and what it does.
 * @param add begins a command of that name with the options that all have
 */
export type Register = (add: (name: string) => Command, io: Io) => void;
