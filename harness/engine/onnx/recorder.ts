import type { DeviceMemory, Move } from './memory.js';
import type { Binding } from './session.js';
import type { Value } from './value.js';

/** Runs from which on a recording is worth two runs more. */
const WORTH = 3;

/**
 * Runs a graph on a card. What takes the time of a small step there is starting its some hundred kernels one
 * by one; a recording starts them all at once. It reads and writes where the recorded run did, so whatever
 * crosses from the host is first copied to a place that stays.
 */
export class Recorder {
  private runs = 0;
  private readonly up: () => void;
  private readonly down: () => void;

  constructor(
    private readonly memory: DeviceMemory,
    private readonly binding: Binding,
    crossing: { readonly up: readonly Move[]; readonly down: readonly Move[] },
    /** What the graph reads and overwrites. */
    private readonly state: readonly Value[],
  ) {
    this.up = memory.mover(crossing.up);
    this.down = memory.mover(crossing.down);
  }

  run(): void {
    this.up();
    const replays = this.binding.records && ++this.runs >= WORTH;
    if (replays && this.runs === WORTH) this.record();
    if (replays) this.binding.replay();
    else this.binding.run();
    this.down();
  }

  /** onnxruntime runs a graph more than once to record it; the state is put back. */
  private record(): void {
    const saved = this.state.map((value) => {
      const copy = this.memory.empty(value.shape);
      this.memory.copy(value, copy);
      return copy;
    });
    this.binding.replay();
    saved.forEach((copy, i) => {
      this.memory.copy(copy, this.state[i]!);
      this.memory.release(copy);
    });
  }
}
