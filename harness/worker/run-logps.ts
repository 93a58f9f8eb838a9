import { sliced } from '../lazy-list.js';
import type { Meter } from '../metrics/meter.js';
import type { BatchShape } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import type { TokenSides } from './data.js';
import type { KnownLogps } from './measured.js';
import { pairLogps, type ReferenceLogps, sequenceLogps } from './reference-logps.js';
import type { TokenJudgements } from './unpaired.js';

/** log pi_ref of what a run learns from. What is known already is charged as if the run had computed it. */
export class RunLogps {
  /** @param known of the run's pairs; null where they are to be computed */
  constructor(
    private readonly reference: NetworkModule,
    private readonly shape: BatchShape,
    private readonly meter: Meter,
    private readonly known: KnownLogps | null,
  ) {}

  async ofPairs(pairs: TokenSides): Promise<ReferenceLogps> {
    const { known, meter } = this;
    if (known === null) return pairLogps(this.reference, pairs, this.shape);
    meter.book('forward', known.flops);
    return known;
  }

  /** [rows]; those of judgements that came from pairs are those of the pairs. */
  async ofJudged({ rows, fromPairs }: TokenJudgements): Promise<Float64Array> {
    if (!fromPairs) return sequenceLogps(this.reference, rows, this.shape);
    const half = rows.length / 2;
    const { chosen, rejected } = await this.ofPairs({
      chosen: sliced(rows, 0, half),
      rejected: sliced(rows, half, rows.length),
    });
    return Float64Array.from([...chosen, ...rejected]);
  }
}
