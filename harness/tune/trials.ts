import type { Axis } from './axis.js';
import { type Point, worth } from './worth.js';

/** A candidate's place: steps from the middle of each axis; 0 where the family has no such axis. */
export interface Place {
  readonly strength: number;
  readonly rate: number;
}

/** What can be swept of a family: the two axes, at least one of which is there. */
export interface Space {
  readonly strength: Axis | null;
  readonly rate: Axis | null;
}

/** How a candidate fared over the tuning seeds: its means, or why it dropped out. */
export type Result =
  | ({ readonly dropped: null; readonly reward: number } & Point)
  | { readonly dropped: string };

/** A candidate at a share of its schedule. */
export interface Trial {
  readonly place: Place;
  readonly share: number;
  readonly result: Result;
}

/** Worths that differ by less than this share are taken for equal where rates are climbed. */
const PLATEAU = 0.01;

/** What has been tried of one family. */
export class Trials {
  readonly all: Trial[] = [];

  constructor(
    private readonly space: Space,
    private readonly maxKl: number,
  ) {}

  add(place: Place, share: number, result: Result): void {
    this.all.push({ place, share, result });
  }

  /** Whether there is such a candidate at all. */
  exists({ strength, rate }: Place): boolean {
    const has = (axis: Axis | null, index: number): boolean =>
      axis === null ? index === 0 : axis.at(index) !== null;
    return has(this.space.strength, strength) && has(this.space.rate, rate);
  }

  /** Whether more need be known: it is not tried at its whole schedule, and did not drop out before. */
  open(place: Place): boolean {
    return (
      this.exists(place) && !this.at(place).some(({ share, result }) => share === 1 || isDropped(result))
    );
  }

  /** Worth at a share of the schedule; null where it dropped out or was not tried there. */
  worth(place: Place, share = 1): number | null {
    const point = this.point(place, share);
    return point === null ? null : worth(point, this.maxKl);
  }

  /** Gain and KL at a share of the schedule; null where it dropped out or was not tried there. */
  point(place: Place, share = 1): Point | null {
    const result = this.at(place).find((trial) => trial.share === share)?.result;
    return result === undefined || isDropped(result) ? null : result;
  }

  dropped(place: Place): boolean {
    return this.at(place).some(({ result }) => isDropped(result));
  }

  /** Strengths that have been tried, rising. */
  get strengths(): number[] {
    return distinct(this.all.map(({ place }) => place.strength));
  }

  /** Rates that have been tried, at one strength or at any, rising. */
  rates(strength?: number): number[] {
    const own = this.all.filter(({ place }) => strength === undefined || place.strength === strength);
    return distinct(own.map(({ place }) => place.rate));
  }

  /**
   * The best rate of a strength at its whole schedule: the lowest of those that are worth as much as any, but
   * for `PLATEAU`; null where none came to its end. Higher rates on a plateau gain nothing and risk more.
   */
  best(strength: number): Place | null {
    const places = this.rates(strength).map((rate) => ({ strength, rate }));
    const most = this.most(places);
    if (most === null) return null;
    const enough = this.worth(most)! - PLATEAU * Math.abs(this.worth(most)!);
    return places.find((place) => (this.worth(place) ?? Number.NEGATIVE_INFINITY) >= enough)!;
  }

  /** The one that is worth most at its whole schedule, the first of equals. */
  most(places: readonly Place[]): Place | null {
    let most: Place | null = null;
    for (const place of places) {
      const own = this.worth(place);
      if (own !== null && (most === null || own > this.worth(most)!)) most = place;
    }
    return most;
  }

  private at({ strength, rate }: Place): Trial[] {
    return this.all.filter(({ place }) => place.strength === strength && place.rate === rate);
  }
}

export const isDropped = (result: Result): result is Extract<Result, { dropped: string }> =>
  result.dropped !== null;

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
