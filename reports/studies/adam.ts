/**
 * Adam (Kingma & Ba 2015, arXiv:1412.6980) in float64 with beta1 .9, beta2 .999, epsilon 1e-8 and a learning
 * rate of .01: the optimizer of the studies that train by hand. Tiltyard's own, for tensors, is
 * harness/engine/optim/adamw.ts.
 */
export class Adam {
  private readonly m: number[];
  private readonly v: number[];
  private step = 0;

  /** @param weights changed in place by `update` */
  constructor(private readonly weights: number[]) {
    this.m = new Array<number>(weights.length).fill(0);
    this.v = new Array<number>(weights.length).fill(0);
  }

  update(gradient: readonly number[]): void {
    const { m, v, weights } = this;
    const step = ++this.step;
    for (let i = 0; i < weights.length; i++) {
      m[i] = 0.9 * m[i]! + 0.1 * gradient[i]!;
      v[i] = 0.999 * v[i]! + 0.001 * gradient[i]! ** 2;
      weights[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
    }
  }
}
