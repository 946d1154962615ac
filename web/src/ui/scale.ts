/** The least round number that is not below n. */
export function ceiling(n: number): number {
  if (n <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(n));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((s) => s * power >= n) ?? 10;
  return step * power;
}

/** Those of the points over time that have room for their labels: the ends and the middle. */
export const labeled = <T>(all: T[]): T[] => all.filter((_, i) => i === 0 || i === Math.floor(all.length / 2) || i === all.length - 1);
