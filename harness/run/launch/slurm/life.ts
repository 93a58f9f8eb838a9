import { type ClusterJob, isSame, type Owner, type Ownership, ownerIn } from '../../lock-file.js';
import type { Progress } from '../../progress/progress.js';
import { NOTES_KEPT, type Status, writeStatus } from './status.js';

/** Milliseconds between two signs of life. */
const EVERY = 5000;
/** Milliseconds between two words on how far a run is, at least. */
const BETWEEN = 2000;
/** Shows that this job lives and how far it is, and ends it where another has taken its run over. */
export class Life {
  private readonly workersSeen = new Set<number>();
  private readonly timer: NodeJS.Timeout;
  private readonly mine: Owner;
  private last = 0;
  private status: Status;

  /**
   * @param paths the run's lock, which this job has, and its status
   * @param print for the job's own output
   */
  constructor(
    job: ClusterJob,
    node: string,
    private readonly paths: { readonly lock: string; readonly status: string },
    private readonly lock: Ownership,
    private readonly print: (note: string) => void,
  ) {
    this.mine = ownerIn(paths.lock)!;
    this.status = { job, node, beat: 0, started: null, progress: null, notes: [], noted: 0 };
    this.beat();
    this.timer = setInterval(() => this.beat(), EVERY);
  }

  /** Processes that write the run's rows, in the place of an output folder's. */
  readonly workers: Ownership = {
    worker: (pid) => {
      this.workersSeen.add(pid);
      this.lock.worker(pid);
    },
    release: () => undefined,
  };

  readonly progress: Progress = {
    planned: () => undefined,
    foreseen: () => undefined,
    started: () => undefined,
    ended: () => undefined,
    close: () => undefined,
    note: (message) => this.note(message),
    event: (_, event) => {
      if (event.type === 'note') this.note(event.message);
      else if (event.type === 'started') this.tell({ started: event });
      else if (event.type === 'progress') this.tell({ progress: event });
    },
  };

  end(): void {
    clearInterval(this.timer);
    this.beat();
    if (!this.isTaken()) this.lock.release();
  }

  private note(message: string): void {
    this.print(message);
    const { notes, noted } = this.status;
    this.tell({ notes: [...notes, message].slice(-NOTES_KEPT), noted: noted + 1 });
  }

  private tell(news: Partial<Status>): void {
    this.status = { ...this.status, ...news };
    if (performance.now() - this.last > BETWEEN) this.beat();
  }

  private beat(): void {
    this.last = performance.now();
    this.status = { ...this.status, beat: this.status.beat + 1 };
    try {
      if (this.isTaken()) this.give();
      writeStatus(this.paths.status, this.status);
    } catch (error) {
      // The file system may be back by the next time.
      this.print(`${this.paths.status}: ${(error as Error).message}`);
    }
  }

  /** Whether another job has the run; one that is not there may be gone with the whole folder. */
  private isTaken(): boolean {
    const now = ownerIn(this.paths.lock);
    return now !== null && !isSame(now, this.mine);
  }

  /** Another job has the run: nothing of this one may write any more, not even a checkpoint. */
  private give(): never {
    for (const pid of this.workersSeen) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    this.print('another job has taken the run over; this one ends');
    process.exit(3);
  }
}
